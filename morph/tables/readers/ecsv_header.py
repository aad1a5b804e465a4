"""What the header of an ECSV table states, as YAML that executes nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from morph.errors import UnreadableTable

_MAX_BYTES = 1 << 20
_DEEPEST = 100
_MOST_OBJECTS = 50_000  # mappings and lists: astropy has one or two for a column
_LONGEST_NUMBER = 100  # characters
_MOST_PARTS = 20  # of a mixed column: a SkyCoord has 5
_EQUINOX = re.compile(r"([JB]?)(\d{4}(?:\.\d*)?)")


@dataclass(frozen=True)
class Stated:
    """Units by column, sky frames, and other entries of a header."""

    units: Mapping[str, str] = field(default_factory=dict)
    frame: str = ""
    frames: Mapping[str, str] = field(default_factory=dict)  # of columns with their own
    masks: Mapping[str, str] = field(default_factory=dict)  # column -> that of its mask
    entries: Mapping[str, object] = field(default_factory=dict)


# That in C is ten times faster; some installations of PyYAML are without it.
_Safe: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STEPS = {
    yaml.MappingStartEvent: 1,
    yaml.SequenceStartEvent: 1,
    yaml.MappingEndEvent: -1,
    yaml.SequenceEndEvent: -1,
}


class _Loader(_Safe):
    """Objects that a header names are read as plain values, and never made."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Do not merge the mappings of ``<<``, which can grow without limit."""


def _plain(loader: _Loader, _tag: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_scalar(node)


def _number(loader: _Loader, node: yaml.ScalarNode) -> object:
    """A number, or its text: YAML takes minutes for a very long 1:1:1:1..."""
    if len(node.value) > _LONGEST_NUMBER:
        return node.value
    if node.tag.endswith("int"):
        return loader.construct_yaml_int(node)
    return loader.construct_yaml_float(node)


_Loader.add_multi_constructor("", _plain)
for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _number)


def stated_in(path: Path) -> Stated:
    """What the header of a text file states; nothing if it is not ECSV."""
    with path.open("rb") as file:
        head = file.read(_MAX_BYTES).decode("utf-8-sig", "replace")
    if not head.startswith("# %ECSV"):
        return Stated()
    _, *lines = takewhile(lambda line: line.startswith("#"), head.splitlines())
    return from_yaml("\n".join(line[1:].removeprefix(" ") for line in lines))


def from_yaml(text: str) -> Stated:
    """What a header in the YAML of astropy states; nothing if it is not YAML.

    UnreadableTable if its objects are too many or nested too deep.
    """
    text = text[:_MAX_BYTES]
    try:
        _check_objects(text)
        return _stated(_Loader(text).get_single_data())
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError):
        return Stated()


def _check_objects(text: str) -> None:
    objects = depth = 0
    for event in yaml.parse(text, Loader=_Safe):
        step = _STEPS.get(type(event), 0)
        objects, depth = objects + (step > 0), depth + step
        if depth > _DEEPEST or objects > _MOST_OBJECTS:
            raise UnreadableTable(
                f"the header of this table has more than {_MOST_OBJECTS:,} objects or "
                f"is nested more than {_DEEPEST} deep, which no table needs; save the "
                "table without its metadata, or as CSV"
            )


def _stated(header: object) -> Stated:
    if not isinstance(header, dict):
        return Stated()
    columns = [c for c in header.get("datatype") or [] if isinstance(c, dict)]
    stated = ((str(c.get("name")), c.get("unit")) for c in columns)
    # Some units are objects whose only entry is their text.
    plain = ((c, u.get("unit") if isinstance(u, dict) else u) for c, u in stated)
    units = {c: str(u) for c, u in plain if u}
    entries = _as_mapping(header.get("meta"))
    mixed = _as_mapping(entries.get("__serialized_columns__"))
    masks = _masks(mixed)
    return Stated(units, _frame(entries), _frames(mixed), masks, entries)


def _as_mapping(meta: Any) -> dict[str, object]:
    """The entries of a mapping, or of the list of pairs that an ordered one is."""
    if isinstance(meta, list):
        pairs = (p for p in meta if isinstance(p, dict | tuple))
        meta = dict(
            pair for p in pairs for pair in (p.items() if isinstance(p, dict) else [p])
        )
    return meta if isinstance(meta, dict) else {}


def _frame(entries: Mapping[str, object]) -> str:
    """The frame that the table's entries state."""
    lower = {str(key).lower(): value for key, value in entries.items()}
    names = ("radesys", "radecsys", "coosys", "frame", "coordinate_frame")
    system = next((lower[n] for n in names if isinstance(lower.get(n), str)), "")
    return _with_equinox(system, lower.get("equinox"))


def _frames(mixed: Mapping[str, object]) -> dict[str, str]:
    """The frames of the columns that sky coordinates (SkyCoord) are written as."""
    frames: dict[str, str] = {}
    for one in mixed.values():
        if isinstance(one, dict) and one.get("frame"):
            frame = _with_equinox(one["frame"], one.get("equinox"))
            frames |= dict.fromkeys(_columns_of(one), frame)
    return frames


def _masks(mixed: Mapping[str, object]) -> dict[str, str]:
    """The column of the mask of every masked column that has one."""
    masks: dict[str, str] = {}
    for part in (part for one in mixed.values() for part in _parts_of(one)):
        if mask := _columns_of(part.get("mask")):
            columns = _columns_of({k: v for k, v in part.items() if k != "mask"})
            masks |= dict.fromkeys(columns, mask[0])
    return masks


def _columns_of(part: object) -> list[str]:
    """The names of the columns that an object of astropy is written as."""
    names = (one.get("name") for one in _parts_of(part))
    return [name for name in names if isinstance(name, str)]


def _parts_of(part: object) -> list[dict[str, object]]:
    """The mappings that describe an object, itself first.

    A few, since YAML can refer to the same ones without limit.
    """
    parts: list[dict[str, object]] = []
    left = [part]
    while left and len(parts) < _MOST_PARTS:
        if isinstance(one := left.pop(0), dict):
            parts.append(one)
            left += one.values()
    return parts


def _with_equinox(system: object, equinox: object) -> str:
    """The system with its equinox, such as "fk5 J2000"; others as they are."""
    name = str(system).strip()
    if name and "fk" not in name.lower():
        return name
    year = _year(equinox)
    return f"{name} {year}".strip()


def _year(equinox: object) -> str:
    """ "J2000" of a year, or of a time as astropy writes it; "" if it is neither."""
    if isinstance(equinox, dict):
        days = equinox.get("jd1", 0), equinox.get("jd2", 0)
        if not all(isinstance(d, int | float) for d in days) or not days[0]:
            return ""
        if str(equinox.get("format", "")).startswith("byear"):
            return f"B{1900 + (sum(days) - 2415020.31352) / 365.242198781:.6g}"
        return f"J{2000 + (sum(days) - 2451545.0) / 365.25:.6g}"
    stated = _EQUINOX.fullmatch(str(equinox or "").strip())
    if stated is None:
        return ""
    year = float(stated[2])
    return f"{stated[1] or ('B' if year < 1984 else 'J')}{year:g}"
