"""What the `details` of a release's manifest tell of its origin."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

FIRST_MAP = "umap"  # the name of the map whose settings are ``projection``
_MAP_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")  # part of names of columns and files

Part = Mapping[str, Any]


@dataclass(frozen=True)
class Details:
    """Optional information on the origin of a release, one key per kind.

    Unknown keys, and values of an unexpected form, are preserved. In the JSON
    of a release with further maps, ``version`` is 2.
    """

    config: Part | None = None  # config of the run that made the release
    calibration: Part | None = None  # by question: scale, temperature, exponent
    evaluation: Part | None = None  # errors on galaxies with known vote fractions
    choice: Part | None = None  # how the adaptation was judged without votes
    images: Part | None = None  # limit of bad pixels, and numbers of images with some
    projection: Part | str | None = None  # settings of the first map, or its origin
    features: Part | None = None  # run and model whose features were attached
    prior: Part | None = None  # prior of the votes: name, per_answer, source
    source: Part | None = None  # of an imported table: file, format, SHA-256, size
    order: Part | None = None  # arguments of `data load`
    download: Part | None = None  # metadata of an imported download
    own_questions: Part | None = None  # added to the tree: questions, how, labels
    report: Part | None = None  # findings in the table: numbers of rows, or words
    # Further maps by name: `words`, `projection` (settings), `features` (run, model),
    # `preserved` (mean fraction of nearest neighbours preserved).
    maps: Mapping[str, Part] = field(default_factory=dict)
    other: Part = field(default_factory=dict)  # unknown keys; not a key of the JSON

    @property
    def prior_per_answer(self) -> float | None:
        """Concentration of an answer without votes; None if not of votes, or unknown.

        A question whose concentrations are all this has no votes: its answers are
        unknown.
        """
        value = (self.prior or {}).get("per_answer")
        known = isinstance(value, int | float) and math.isfinite(value) and value > 0
        return float(value) if known else None


_PARTS = tuple(f.name for f in fields(Details) if f.name not in ("maps", "other"))


def read_details(value: Mapping[str, Any]) -> Details:
    """`details` as a manifest's JSON has them; ValueError where they are not valid."""
    version = value.get("version", 1)
    if version not in (1, 2):
        raise ValueError(f"details of version {version!r:.80}; expected 1 or 2")
    known = {name: value[name] for name in _PARTS if _is_known(name, value.get(name))}
    if version == 2:
        known["maps"] = _maps(value.get("maps"))
    other = {k: v for k, v in value.items() if k not in known and k != "version"}
    return Details(**known, other=other)


def details_to_json(details: Details) -> dict[str, Any]:
    """As `read_details` reads them; a part that is None has no key."""
    parts = {name: getattr(details, name) for name in _PARTS}
    found = {name: part for name, part in parts.items() if part is not None}
    maps = {"version": 2, "maps": dict(details.maps)} if details.maps else {}
    return {**details.other, **found, **maps}


def is_map_name(name: str) -> bool:
    """Whether a further map may be called ``name``."""
    return name != FIRST_MAP and bool(_MAP_NAME.fullmatch(name))


def _is_known(name: str, value: Any) -> bool:
    return isinstance(value, dict) or (name == "projection" and isinstance(value, str))


def _maps(value: Any) -> Mapping[str, Part]:
    """Records of further maps; ValueError for a name or a record of another form."""
    for name, record in value.items() if isinstance(value, dict) else [("maps", value)]:
        kinds = {"words": str, "projection": dict, "features": dict}
        if not (
            is_map_name(name)
            and isinstance(record, dict)
            and all(isinstance(record.get(key), kinds[key]) for key in kinds)
        ):
            raise ValueError(f"the map {name!r:.80} has no valid record in details")
    return value
