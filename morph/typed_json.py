"""Read JSON values into frozen dataclasses, naming every wrong key or value.

The type of a field says what JSON is allowed, and its metadata may restrict it further:
``range`` (low, high) for numbers, ``names`` for the names of folders under MORPH_HOME,
``spelling`` (regular expression, words) for strings.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from morph.errors import MorphError, SettingError
from morph.home import checked_name

T = TypeVar("T")

_WORDS = {
    float: "a number",
    int: "a whole number",
    str: "a string",
    bool: "true or false",
}


def within(default: Any, low: float, high: float) -> Any:
    """A field with a value in [low, high]."""
    return field(default=default, metadata={"range": (low, high)})


def name_of(what: str, default: Any = MISSING) -> Any:
    """A field with the name of one folder (or several) under MORPH_HOME."""
    return field(default=default, metadata={"names": what})


def spelled(default: str, pattern: str, words: str) -> Any:
    """A field with a string that a regular expression matches as a whole."""
    return field(default=default, metadata={"spelling": (pattern, words)})


def check_spelling(key: str, value: Any, setting: Field) -> None:
    """Raise SettingError if a value is not spelled as its field demands."""
    pattern, words = setting.metadata.get("spelling", ("", ""))
    if pattern and not re.fullmatch(pattern, value):
        raise _wrong(key, value, words)


def read_dataclass(
    kind: type[T], value: Any, *, at: str = "", default: T | None = None
) -> T:
    """``value`` as a ``kind``; messages name its position ``at``.

    Fields missing in ``value`` are those of ``default`` if given (the default of the
    enclosing field), else the defaults of ``kind``.

    Raises
    ------
    MorphError
        If a key is unknown or missing, or a value is not allowed.
    """
    if not isinstance(value, Mapping):
        raise _wrong(at or "the config", value, "an object")
    settings = {f.name: f for f in fields(kind)}
    unknown = [key for key in value if key not in settings]
    if unknown:
        path = _key(at, unknown[0])
        raise SettingError(
            path, f"{path} is not a setting; expected one of: {', '.join(settings)}"
        )
    types = get_type_hints(kind)
    values = {}
    for name, setting in settings.items():
        if name in value:
            values[name] = _read(types[name], value[name], setting, _key(at, name))
        elif default is not None:
            values[name] = getattr(default, name)
        elif setting.default is MISSING:
            path = _key(at, name)
            raise SettingError(path, f"{path} is missing")
    return kind(**values)


def problems(kind: type, value: Mapping[str, Any], *, at: str = "") -> dict[str, str]:
    """Path -> what is wrong with it, of every setting; "" for a contradiction.

    Where it is empty, ``read_dataclass`` succeeds.
    """
    found: dict[str, str] = {}
    types = get_type_hints(kind)
    for setting in fields(kind):
        path, given = _key(at, setting.name), value.get(setting.name)
        inner = without_none(types[setting.name])
        if is_dataclass(inner) and isinstance(given, Mapping):
            found |= problems(inner, given, at=path)
        elif setting.name in value:
            found |= _problem(_read, types[setting.name], given, setting, path)
        elif setting.default is MISSING:
            found[path] = f"{path} is missing"
    # Unknown settings are found first, contradictions last.
    whole = _problem(read_dataclass, kind, value, at=at)
    if whole.keys() & found.keys() or set(whole.values()) & set(found.values()):
        return found  # of a setting, or of a group, that is already named
    return found | whole


def _problem(read: Callable, *given: Any, **more: Any) -> dict[str, str]:
    try:
        read(*given, **more)
    except SettingError as error:
        return {error.path: str(error)}
    except MorphError as error:
        return {more.get("at", ""): str(error)}
    return {}


def _key(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _wrong(key: str, value: Any, expected: str) -> SettingError:
    return SettingError(key, f"{key} is {value!r:.200}; expected {expected}")


def without_none(kind: Any) -> Any:
    """The type of an optional field; any other type as it is."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    return next(inner for inner in get_args(kind) if inner is not NoneType)


def _read(kind: Any, value: Any, setting: Field, key: str) -> Any:
    if without_none(kind) is not kind:
        inner = without_none(kind)
        return None if value is None else _read(inner, value, setting, key)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = ", ".join(map(str, get_args(kind)))
            raise _wrong(key, value, f"one of: {choices}")
        return value
    if get_origin(kind) is tuple:
        return _read_tuple(kind, value, setting, key)
    if is_dataclass(kind):
        default = setting.default if isinstance(setting.default, kind) else None
        return read_dataclass(kind, value, at=key, default=default)
    return _read_scalar(kind, value, setting, key)


def _read_tuple(kind: Any, value: Any, setting: Field, key: str) -> tuple:
    inner, *others = get_args(kind)
    may_be_empty = setting.default == ()
    if not isinstance(value, list | tuple) or not (value or may_be_empty):
        raise _wrong(key, value, "a list with at least one entry")
    if Ellipsis not in others and len(value) != 1 + len(others):
        raise _wrong(key, value, f"a list of {1 + len(others)}")
    items = tuple(_read(inner, v, setting, f"{key}[{i}]") for i, v in enumerate(value))
    if "names" in setting.metadata and len(set(items)) != len(items):
        raise _wrong(key, value, "each name once")
    return items


def _read_scalar(kind: type, value: Any, setting: Field, key: str) -> Any:
    if kind is float and type(value) is int and abs(value) < 2**63:  # else overflow
        value = float(value)
    if type(value) is not kind:
        raise _wrong(key, value, _WORDS[kind])
    if "range" in setting.metadata:
        low, high = setting.metadata["range"]
        if not low <= value <= high:
            raise _wrong(key, value, f"a value from {low} to {high}")
    check_spelling(key, value, setting)
    if "names" in setting.metadata:
        try:
            checked_name(value, what=setting.metadata["names"])
        except MorphError as error:
            raise SettingError(key, f"{key}: {error}") from error
    return value
