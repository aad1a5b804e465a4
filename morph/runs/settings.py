"""The settings of a configuration, as forms and the reference describe them.

They are read from the dataclasses: name, type, default, allowed values, and the comment
above or after the field, which says what it means.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from morph.errors import SettingError
from morph.typed_json import without_none

REQUIRED = object()  # the default of a setting without one


@dataclass(frozen=True)
class Setting:
    """One setting, or a group of settings with ``parts``."""

    path: str  # "fit.augment.shift"
    type: type  # float, int, str, bool; of a group, its dataclass
    means: str  # what it sets, "" for some groups
    default: Any  # REQUIRED if it has none; of a group, a dataclass or None
    optional: bool = False  # may be null
    several: bool = False  # a list
    choices: tuple[Any, ...] = ()  # if only these are allowed
    limits: tuple[float, float] | None = None  # lowest and highest value
    names: str = ""  # "cutout store", "run", "release" or "map", if it names one
    parts: tuple["Setting", ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def group(self) -> bool:
        return bool(self.parts)


def settings_of(
    kind: type, *, at: str = "", default: Any = None
) -> tuple[Setting, ...]:
    """Settings of a dataclass, in order, except ``kind``.

    ``default`` is the value of the enclosing field, whose parts are the defaults.
    """
    hints, comments = get_type_hints(kind), field_comments(kind)
    return tuple(
        _setting(field, hints[field.name], comments.get(field.name, ""), at, default)
        for field in fields(kind)
        if field.name != "kind"
    )


def each_setting(settings: tuple[Setting, ...]) -> Iterator[Setting]:
    """All settings and groups, each group before its parts."""
    for one in settings:
        yield one
        yield from each_setting(one.parts)


def value_at(config: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """The value of a config at a path, or ``default`` if it is left out."""
    value: Any = config
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return default
        value = value[name]
    return value


def with_value(config: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a config with a value at a path."""
    name, _, rest = path.partition(".")
    inner = config.get(name)
    within = inner if isinstance(inner, Mapping) else {}
    return {**config, name: with_value(within, rest, value) if rest else value}


def with_texts(
    config: Mapping[str, Any], given: Sequence[str], kind: type
) -> dict[str, Any]:
    """A copy of a config with settings as they are typed: ``fit.epochs=5``.

    A value is JSON, or else a text; the elements of a list are separated by commas,
    and each is read like a value.
    SettingError if one is not a setting of ``kind``, the dataclass of the config.
    """
    known = {one.path: one for one in each_setting(settings_of(kind))}
    changed = dict(config)
    for one in given:
        path, equals, text = one.partition("=")
        if not equals or path not in known:
            raise SettingError(
                path,
                f"{one!r:.80} is not a setting of a run of this kind; expected "
                f"NAME=VALUE, such as {_examples(path, known)}, with a name listed in "
                "docs/reference.md",
            )
        changed = with_value(changed, path, _typed(text, known[path]))
    return changed


def _examples(path: str, known: Mapping[str, Setting]) -> str:
    """Settings of the same last name as an unknown one; else any."""
    last = path.rpartition(".")[2]
    same = [f"{name}=..." for name in known if name.rpartition(".")[2] == last]
    return " or ".join(same) or "seed=3"


def _typed(text: str, setting: Setting) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    is_null = value is None and setting.optional
    if setting.several and not isinstance(value, list) and not is_null:
        one = replace(setting, several=False, optional=False)
        return [_typed(part.strip(), one) for part in text.split(",")]
    is_number = isinstance(value, (bool, int, float)) or value is None
    return text if setting.type is str and is_number and not is_null else value


def without(config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy of a config that leaves a setting out, and groups without settings."""
    name, _, rest = path.partition(".")
    others = {key: value for key, value in config.items() if key != name}
    inner = config.get(name)
    if not rest or not isinstance(inner, Mapping):
        return others
    kept = without(inner, rest)
    return {**config, name: kept} if kept else others


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], at: str = ""
) -> dict[str, tuple[Any, Any]]:
    """Path -> both values of every setting that differs; None where it is left out."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(name), after.get(name)
        path = f"{at}{name}"
        parts = [value for value in (one, other) if value]
        if parts and all(isinstance(part, Mapping) for part in parts):
            found |= differences(one or {}, other or {}, f"{path}.")
        elif one != other:
            found[path] = one, other
    return found


@cache
def field_comments(kind: type) -> dict[str, str]:
    """The comment above or after each field of a dataclass, and of what it extends."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if is_dataclass(base):
            found |= _own_comments(base)
    return found


def _own_comments(kind: type) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(kind))
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body[0].body:
        if not isinstance(node, ast.AnnAssign):
            continue
        start = node.lineno - 1
        above = start
        while lines[above - 1].lstrip().startswith("#"):
            above -= 1
        parts = [line.strip().removeprefix("# ") for line in lines[above:start]]
        parts += lines[node.end_lineno - 1].split("  # ", 1)[1:]
        found[node.target.id] = " ".join(parts)
    return found


def _setting(field: Field, hint: Any, means: str, at: str, default: Any) -> Setting:
    inner, own = without_none(hint), _default(field, default)
    path = f"{at}{field.name}"
    if is_dataclass(inner):
        means = means or (inspect.getdoc(inner) or "").split("\n")[0]
        given = own if isinstance(own, inner) else None
        parts = settings_of(inner, at=f"{path}.", default=given)
        return Setting(path, inner, means, own, inner is not hint, parts=parts)
    several = get_origin(inner) is tuple
    base = get_args(inner)[0] if several else inner
    choices = get_args(base) if get_origin(base) is Literal else ()
    return Setting(
        path,
        type(choices[0]) if choices else base,
        means,
        own,
        inner is not hint,
        several,
        choices,
        field.metadata.get("range"),
        field.metadata.get("names", ""),
    )


def _default(field: Field, enclosing: Any) -> Any:
    if enclosing is not None:
        return getattr(enclosing, field.name)
    return REQUIRED if field.default is MISSING else field.default
