"""What the `details` of a release's manifest tell of its origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

VERSION = 1

Part = Mapping[str, Any]


@dataclass(frozen=True)
class Details:
    """Settings, judgements, sources and counts, each under its own key if it is there.

    Other keys, and values of another form than these, are left as they are.
    """

    config: Part | None = None  # of the run that made the release
    calibration: Part | None = None  # question: scale, temperature of every model
    evaluation: Part | None = None  # errors on galaxies with known vote fractions
    choice: Part | None = None  # how the adaptation was judged without votes
    projection: Part | str | None = None  # settings of the map, or how it was made
    features: Part | None = None  # run and model whose features were attached
    source: Part | None = None  # of an imported table: file, format, SHA-256, size
    order: Part | None = None  # how the table was loaded
    report: Part | None = None  # what was noticed in the table: how often
    other: Part = field(default_factory=dict)  # not a key: all that is none of these
    version: int = VERSION  # 1 is not written: the first manifests name none


_PARTS = tuple(f.name for f in fields(Details) if f.name not in ("other", "version"))


def read_details(value: Mapping[str, Any]) -> Details:
    """`details` as a manifest's JSON has them; ValueError for a later version."""
    version = value.get("version", VERSION)
    if version != VERSION:
        raise ValueError(f"details of version {version!r:.80}; expected {VERSION}")
    known = {name: value[name] for name in _PARTS if _is_known(name, value.get(name))}
    other = {k: v for k, v in value.items() if k not in known and k != "version"}
    return Details(**known, other=other)


def details_to_json(details: Details) -> dict[str, Any]:
    """As `read_details` reads them; a part that is None has no key."""
    parts = {name: getattr(details, name) for name in _PARTS}
    found = {name: part for name, part in parts.items() if part is not None}
    version = {} if details.version == 1 else {"version": details.version}
    return {**version, **details.other, **found}


def _is_known(name: str, value: Any) -> bool:
    return isinstance(value, dict) or (name == "projection" and isinstance(value, str))
