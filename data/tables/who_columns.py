"""Find the columns that identify the galaxies of a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from morph.errors import UnreadableTable
from morph.release.physical_columns import PHYSICAL
from morph.tables.column_names import ColumnNames
from morph.tables.table_child import spelling
from morph.tables.units import is_icrs

_NAMES = ("iauname", "iau_name", "name", "galaxy", "galaxy_name", "designation")
_NAMES += ("object", "object_name", "sdss_name", "source_name")
_SOURCE_IDS = ("source_id", "dr8_id", "subject_id", "id_str", "objid", "object_id")
_SOURCE_IDS += ("ls_id", "targetid", "galaxy_id", "id")
# A unit in the name of a column: "RA (hours)", "ra [deg]".
_BRACKETED = re.compile(r"(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]")


@dataclass(frozen=True)
class PositionColumns:
    """Longitude and latitude by the table's names, in one frame."""

    ra: str
    dec: str
    frame: str  # as `morph.tables.units.to_icrs` takes it, "" for ICRS
    units: Mapping[str, str]  # column -> unit as stated

    @property
    def both(self) -> tuple[str, str]:
        return self.ra, self.dec


@dataclass(frozen=True)
class WhoColumns:
    """The columns that identify a galaxy, by the table's names."""

    iauname: str | None
    position: PositionColumns | None
    source_id: str | None
    image: str | None
    physical: Mapping[str, str]  # ours -> theirs
    names_in_doubt: bool = False  # of a column that may hold other names than positions

    @property
    def survey_id(self) -> str | None:
        return self.source_id or self.image

    @property
    def numbers(self) -> list[str]:
        return [*self.coordinates, *self.physical.values()]

    @property
    def coordinates(self) -> tuple[str, ...]:
        return self.position.both if self.position else ()

    @property
    def texts(self) -> list[str]:
        found = (self.iauname, self.source_id, self.image)
        return list(dict.fromkeys(c for c in found if c))


@dataclass(frozen=True)
class _Pair:
    """Spellings of the columns of one kind of position, and what they say of it."""

    ra: tuple[str, ...]
    dec: tuple[str, ...]
    frame: str = ""  # where the table states none
    agrees: str = ""  # frames that the table may state: beginnings, "|" between
    unit: str = ""


_EQUATORIAL = "ICRS|FK5|FK4|J2000|B1950|EQ_"
_J2000 = "ICRS|FK5 J2000|FK5 2000|J2000|EQ_FK5"
_PAIRS = (
    _Pair(("ra",), ("dec", "de", "decl"), agrees=_EQUATORIAL),
    _Pair(
        ("radeg", "radegrees"), ("decdeg", "dedeg", "decdegrees"), agrees=_EQUATORIAL
    ),
    _Pair(("raicrs",), ("deicrs", "decicrs"), agrees="ICRS"),
    _Pair(("raj2000", "ra2000"), ("dej2000", "decj2000", "dec2000"), agrees=_J2000),
    _Pair(("alphaj2000",), ("deltaj2000",), agrees=_J2000),
    _Pair(("targetra", "meanra"), ("targetdec", "meandec"), agrees=_EQUATORIAL),
    _Pair(("rightascension",), ("declination",), agrees=_EQUATORIAL),
    _Pair(("alpha",), ("delta",), agrees=_EQUATORIAL),
    _Pair(("rarad", "raradians"), ("decrad", "decradians"), "", _EQUATORIAL, "rad"),
    _Pair(("rahours", "rahour", "rahms"), ("dec", "decdeg", "decdms"), "", _EQUATORIAL),
    _Pair(
        ("rab1950", "ra1950"), ("deb1950", "decb1950", "dec1950"), "FK4 B1950", "FK4"
    ),
    _Pair(("l", "glon", "gall"), ("b", "glat", "galb"), "galactic"),
    _Pair(("gallon",), ("gallat",), "galactic"),
    _Pair(("elon", "ecllon"), ("elat", "ecllat"), "ecliptic"),
    _Pair(("sgl", "sglon"), ("sgb", "sglat"), "supergalactic"),
)


def find_who(
    columns: ColumnNames,
    *,
    units: Mapping[str, str] | None = None,
    frame: str = "",
    id_is_enough: bool = False,
) -> WhoColumns:
    """The columns of names, positions and physical properties.

    ``units`` and ``frame`` are what the table states of its columns. With
    ``id_is_enough``, a survey id identifies a galaxy, as for subjects of votes.

    Raises
    ------
    UnreadableTable
        If there are columns of neither names nor positions.
    """
    physical = {ours: columns.first(one.published) for ours, one in PHYSICAL.items()}
    who = WhoColumns(
        iauname=(name := columns.first(_NAMES)),
        position=find_position(columns, units or {}, frame),
        source_id=columns.first(_SOURCE_IDS),
        image=columns.first(("loc",)),
        physical={ours: theirs for ours, theirs in physical.items() if theirs},
        names_in_doubt=name is not None and "iau" not in spelling(name),
    )
    known = who.iauname or who.position or who.image or "id_str" in columns
    if not (known or (id_is_enough and who.source_id)):
        raise UnreadableTable(
            f"{columns.table} does not identify its galaxies; it needs iauname, or ra "
            f"and dec. Missing: {columns.lacking(('iauname', 'ra', 'dec'))}"
        )
    return who


def find_position(
    columns: ColumnNames, units: Mapping[str, str], frame: str
) -> PositionColumns | None:
    """The columns of positions, None if there are none.

    UnreadableTable if the frame contradicts the names of the columns.
    """
    stated = dict(units)
    spelt: dict[str, str] = {}
    for name in columns.names:
        bracketed = _BRACKETED.fullmatch(name.strip())
        if bracketed and not stated.get(name):
            stated[name] = bracketed[2]
        spelt.setdefault(spelling(bracketed[1] if bracketed else name), name)
    for pair in _PAIRS:
        ra = next((spelt[one] for one in pair.ra if one in spelt), None)
        dec = next((spelt[one] for one in pair.dec if one in spelt), None)
        if ra is None or dec is None:
            continue
        ra, dec = columns.find(ra), columns.find(dec)
        _refuse_other_frame(columns.table, (ra, dec), pair, frame)
        own = {ra: pair.unit, dec: pair.unit}
        if spelling(ra).startswith("rahour"):
            own[ra] = "hours"
        return PositionColumns(
            ra,
            dec,
            (frame if pair.agrees else "") or pair.frame,
            {column: stated.get(column) or own[column] for column in (ra, dec)},
        )
    return None


def _refuse_other_frame(
    table: str, columns: tuple[str, str], pair: _Pair, frame: str
) -> None:
    words = frame.upper().strip()
    if not words or not pair.agrees or words.startswith(tuple(pair.agrees.split("|"))):
        return
    if pair.frame or not is_icrs(frame):
        raise UnreadableTable(
            f"{table} states its positions in {frame!r}, but has them in the columns "
            f"{columns[0]!r} and {columns[1]!r}; name the columns as what they are "
            "(ra and dec, or l and b), or correct the frame"
        )
