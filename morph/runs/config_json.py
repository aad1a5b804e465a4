"""JSON values -> frozen dataclasses, with every wrong key or value named.

A field's type says what JSON may stand there; its metadata may narrow it further:
``range`` (low, high) for numbers, ``names`` for the names of folders under MORPH_HOME.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from morph.errors import MorphError
from morph.home import checked_name

T = TypeVar("T")


def read_dataclass(
    kind: type[T], value: Any, *, at: str = "", default: T | None = None
) -> T:
    """``value`` as a ``kind``; ``at`` is where it stands, for the messages.

    Settings that ``value`` leaves out are those of ``default`` where one is given (the
    default that the enclosing setting has), else those of ``kind``.

    Raises
    ------
    MorphError
        If a key is unknown or missing, or a value is not what its field takes.
    """
    if not isinstance(value, Mapping):
        raise _wrong(at or "the config", value, "an object")
    known = {f.name: f for f in fields(kind)}
    unknown = [key for key in value if key not in known]
    if unknown:
        raise MorphError(
            f"{_key(at, unknown[0])} is not a setting; "
            f"expected one of: {', '.join(known)}"
        )
    types = get_type_hints(kind)
    found = {}
    for name, setting in known.items():
        if name in value:
            found[name] = _read(types[name], value[name], setting, _key(at, name))
        elif default is not None:
            found[name] = getattr(default, name)
        elif setting.default is MISSING:
            raise MorphError(f"{_key(at, name)} is missing from the config")
    return kind(**found)


def _key(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _wrong(key: str, value: Any, expected: str) -> MorphError:
    return MorphError(f"{key} is {value!r}; expected {expected}")


def _read(kind: Any, value: Any, setting: Field, key: str) -> Any:
    if get_origin(kind) in (Union, UnionType):
        inner = next(k for k in get_args(kind) if k is not NoneType)
        return None if value is None else _read(inner, value, setting, key)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = ", ".join(map(str, get_args(kind)))
            raise _wrong(key, value, f"one of: {choices}")
        return value
    if get_origin(kind) is tuple:
        return _read_tuple(kind, value, setting, key)
    if is_dataclass(kind):
        own = setting.default if isinstance(setting.default, kind) else None
        return read_dataclass(kind, value, at=key, default=own)
    return _read_scalar(kind, value, setting, key)


def _read_tuple(kind: Any, value: Any, setting: Field, key: str) -> tuple:
    may_be_empty = setting.default == ()
    if not isinstance(value, list | tuple) or not (value or may_be_empty):
        raise _wrong(key, value, "a list with at least one entry")
    inner = get_args(kind)[0]
    found = tuple(_read(inner, v, setting, f"{key}[{i}]") for i, v in enumerate(value))
    if "names" in setting.metadata and len(set(found)) != len(found):
        raise _wrong(key, value, "each name once")
    return found


def _read_scalar(kind: type, value: Any, setting: Field, key: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        words = {
            float: "a number",
            int: "a whole number",
            str: "a text",
            bool: "true or false",
        }
        raise _wrong(key, value, words[kind])
    if "range" in setting.metadata:
        low, high = setting.metadata["range"]
        if not low <= value <= high:
            raise _wrong(key, value, f"a value from {low} to {high}")
    if "names" in setting.metadata:
        checked_name(value, what=setting.metadata["names"])
    return value
