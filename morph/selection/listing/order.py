"""An order of galaxies: the value that it sorts by, and which end of it comes first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from morph.catalogue.column_sql import quoted, tail_sql, uncertainty
from morph.catalogue.own_columns.own_column import REF
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from morph.errors import MorphError
from morph.posterior.measures import UNCERTAINTIES, Measure
from morph.release.photometry_and_redshifts import MEASURED, MeasuredColumn
from morph.selection.certainty.certainty import Tail
from morph.trees.decision_tree import DecisionTree

End = Literal["lowest", "highest"]
Value = Literal["name", "random", "fraction", "tail", "measure", "measured", "own"]

_THRESHOLDS = tuple(number / 20 for number in range(1, 20))  # t of P(ρ > t)
_OF_ANSWERS = ("fraction", "tail", "measure")
_ENDS: dict[str, tuple[End, End]] = {  # kind of a measured column, what comes first
    "magnitude": ("lowest", "highest"),
    "size": ("highest", "lowest"),
}
_END_WORDS = {
    ("magnitude", "lowest"): "brightest",
    ("magnitude", "highest"): "faintest",
    ("size", "highest"): "largest",
    ("size", "lowest"): "smallest",
}


@dataclass(frozen=True)
class Kind:
    """A kind of order: the value, its end that comes first, and its title.

    ``name`` is that of a measured column or of an uncertainty measure.
    """

    of: Value
    title: str  # of controls, which also stands in addresses
    end: End = "lowest"
    name: str = ""

    @property
    def needs_answer(self) -> bool:
        """Whether it sorts by a value of one answer."""
        return self.of in _OF_ANSWERS


def _of_measures() -> Iterator[tuple[str, Kind]]:
    for name, measure in UNCERTAINTIES.items():
        for code, least in (("surest", False), ("least_sure", True)):
            title, end = _measure_words(measure, least), measure.end(least=least)
            yield f"{code}_{name}", Kind("measure", title, end, name)


def _of_measured() -> Iterator[tuple[str, Kind]]:
    for name, one in MEASURED.items():
        unit = f" ({one.unit})" if one.unit else ""
        for end in _ENDS.get(one.kind, ("lowest", "highest")):
            words = f"{_end_words(one, end)} {one.words}{unit}"
            title = words[:1].upper() + words[1:]
            yield f"{end}_{name}", Kind("measured", title, end, name)


def _measure_words(measure: Measure, least: bool) -> str:
    most = "Least" if least else "Most"
    return f"{most} certain: {measure.end(least=least)} {measure.title.lower()}"


def _end_words(one: MeasuredColumn, end: End) -> str:
    return _END_WORDS.get((one.kind, end), end)


# Code -> kind, those of one value beside each other, as controls list them.
KINDS = {
    "random": Kind("random", "Random"),
    "iauname": Kind("name", "Name"),
    "highest": Kind("fraction", "Highest vote fraction", "highest"),
    "lowest": Kind("fraction", "Lowest vote fraction", "lowest"),
    "highest_tail": Kind("tail", "Highest P(ρ > t)", "highest"),
    "lowest_tail": Kind("tail", "Lowest P(ρ > t)", "lowest"),
    **dict(_of_measures()),
    **dict(_of_measured()),
    "own_highest": Kind("own", "One of your columns, highest first", "highest"),
    "own_lowest": Kind("own", "One of your columns, lowest first", "lowest"),
}
# In links made earlier -> now.
EARLIER_KINDS = {"brightest": "lowest_mag_r", "largest": "highest_radius_arcsec"}


@dataclass(frozen=True)
class Order:
    """An order of galaxies by one value; its ``kind`` is one of KINDS.

    Ties are ordered by name; galaxies without the value come last, whichever end of it
    comes first.

    Parameters
    ----------
    label : str, optional
        The answer, for kinds that sort by a value of one.
    seed : int
        Of a random order.
    own, own_name : str
        Ref of a list's column that is sorted by, and its name, which is only for words.
    threshold : float
        t of P(ρ > t), in [0, 1].

    Raises MorphError if the kind is unknown or lacks what it needs.
    """

    kind: str = "iauname"
    label: str | None = None
    seed: int = 0
    own: str = ""
    own_name: str = field(default="", compare=False)
    threshold: float = Tail.threshold

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise MorphError(
                f"order is {self.kind!r}; expected one of: {', '.join(KINDS)}"
            )
        if self.by.of == "own" and not REF.fullmatch(self.own):
            raise MorphError(f"an order by {self.kind!r} needs a column of a list")
        if self.by.needs_answer and self.label is None:
            raise MorphError(f"an order by {self.kind!r} needs an answer to sort by")
        if not 0 <= self.threshold <= 1:
            raise MorphError(
                f"t of P(ρ > t) is {self.threshold}; expected a number between 0 and 1"
            )

    @property
    def by(self) -> Kind:
        """Its kind: the value, and which end of it comes first."""
        return KINDS[self.kind]

    def words(self, release: LoadedRelease) -> str:
        """The order in words, with the uncertainty that it sorts by named."""
        kind, tree = self.by, release.tree
        if kind.of == "random":
            return f"random order (seed {self.seed})"
        if kind.of == "name":
            return "by name"
        return f"{self._value_words(kind, release, tree)} first"

    def _value_words(
        self, kind: Kind, release: LoadedRelease, tree: DecisionTree
    ) -> str:
        if kind.of == "own":
            return f"{kind.end} {self.own_name or self.own}"
        if kind.of == "measured":
            one = MEASURED[kind.name]
            return f"{_end_words(one, kind.end)} {one.words}"
        if kind.of == "fraction":
            return f"{kind.end} vote fraction of {tree.words(self.label)}"
        if kind.of == "tail":
            return f"{kind.end} P({tree.words(self.label)} > {self.threshold:g})"
        measure = uncertainty(release, kind.name)
        least = kind.end == measure.end(least=True)
        words = _measure_words(measure, least)
        subject = measure.subject(self.label, tree)
        return f"{words[:1].lower()}{words[1:]} of {subject}"

    def column(self, release: LoadedRelease) -> str:
        """The column that it sorts by; MorphError if the release lacks it.

        P(ρ > t) is "<label>_above_<t>", as of `column_sql.expression`.
        """
        kind = self.by
        if kind.of == "own":
            return self.own
        if kind.of == "name":
            return "iauname"
        if kind.of == "measured":
            name = kind.name
        elif kind.of == "fraction":
            name = f"{self.label}_probability"
        elif kind.of == "tail":
            tail_sql(release, self.label, self.threshold)
            return f"{self.label}_above_{self.threshold!r}"
        else:
            measure = uncertainty(release, kind.name)
            name = measure.column_of(self.label, release.tree)
        quoted(release, name)
        return name

    def key(self, release: LoadedRelease) -> tuple[str, str, dict[str, Any]]:
        """SQL of what it sorts by before the name, ASC or DESC, and parameters."""
        kind = self.by
        if kind.of == "random":
            return "hash(iauname, $seed)", "ASC", {"seed": self.seed}
        direction = "DESC" if kind.end == "highest" else "ASC"
        if kind.of == "tail":
            return tail_sql(release, self.label, self.threshold), direction, {}
        return quoted(release, self.column(release)), direction, {}

    def sql(self, release: LoadedRelease) -> tuple[str, dict[str, Any]]:
        """SQL after ORDER BY, and its parameters."""
        key, direction, parameters = self.key(release)
        return f"{key} {direction} NULLS LAST, iauname", parameters


def orders(release: LoadedRelease) -> list[str]:
    """Kinds of order for which the release has the columns, without those of lists."""
    kinds = []
    for code, kind in KINDS.items():
        if kind.of == "own":
            continue
        label = release.tree.labels[0] if kind.needs_answer else None
        try:
            Order(code, label).sql(release)
        except MorphError:
            continue
        kinds.append(code)
    return kinds


def thresholds(release: LoadedRelease) -> tuple[float, ...]:
    """Values of t by whose P(ρ > t) controls let one sort."""
    return TAIL_THRESHOLDS if release.has_samples else _THRESHOLDS
