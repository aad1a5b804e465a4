"""Find the columns that identify the galaxies of a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from morph.errors import UnreadableTable
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.tables import Table
from morph.tables.column_names import ColumnNames
from morph.tables.table_child import spelling
from morph.tables.units import is_angle, is_icrs, unit_of

_NAMES = ("iauname", "iau_name")
# They may hold names of another kind: taken only if theirs are made of positions.
_NAMES_IN_DOUBT = ("name", "galaxy", "galaxy_name", "designation", "object")
_NAMES_IN_DOUBT += ("object_name", "sdss_name", "source_name")
_SOURCE_IDS = ("source_id", "dr8_id", "dr7objid", "dr8objid", "subject_id", "id_str")
# They may number the rows, or galaxies of one field: taken only if they are no such.
IDS_IN_DOUBT = ("ls_id", "targetid", "object_id", "objid", "galaxy_id", "id")
# A unit in the name of a column: "RA (hours)", "ra [deg]".
_BRACKETED = re.compile(r"(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]")


@dataclass(frozen=True)
class PositionColumns:
    """Longitude and latitude by the table's names, in one frame."""

    ra: str
    dec: str
    frame: str  # as `morph.tables.units.to_icrs` takes it, "" for ICRS
    units: Mapping[str, str]  # column -> unit as stated
    # Hours, minutes, seconds, degrees, minutes, seconds, as journals print them.
    parts: tuple[str, ...] = ()
    sign: str | None = None  # the column with the sign of the latter

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
    def id_in_doubt(self) -> bool:
        spelt = (self.source_id or "").strip().lower().replace("-", "_")
        return not self.survey_id or spelt in IDS_IN_DOUBT

    @property
    def survey_id(self) -> str | None:
        return self.source_id or self.image

    @property
    def numbers(self) -> list[str]:
        return [*self.coordinates, *self.physical.values()]

    @property
    def coordinates(self) -> tuple[str, ...]:
        return (self.position.parts or self.position.both) if self.position else ()

    @property
    def texts(self) -> list[str]:
        sign = self.position.sign if self.position else None
        found = (self.iauname, self.source_id, self.image, sign)
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
        ("radeg",),
        ("decdeg", "dedeg", "decdegrees"),
        "",
        _EQUATORIAL,
        "deg",
    ),
    _Pair(("raicrs",), ("deicrs", "decicrs"), agrees="ICRS"),
    _Pair(
        ("raj2000", "ra2000"),
        ("dej2000", "decj2000", "dec2000", "de2000"),
        agrees=_J2000,
    ),
    _Pair(("alphaj2000",), ("deltaj2000",), agrees=_J2000),
    _Pair(("alphawinj2000",), ("deltawinj2000",), agrees=_J2000),
    _Pair(("alphasky",), ("deltasky",), agrees=_EQUATORIAL),
    _Pair(("targetra",), ("targetdec",), agrees=_EQUATORIAL),
    _Pair(("ramean", "meanra"), ("decmean", "meandec"), agrees=_EQUATORIAL),
    _Pair(("coordra",), ("coorddec",), agrees=_EQUATORIAL),
    _Pair(("ra1",), ("dec1",), agrees=_EQUATORIAL),
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
_PARTS = ("rah", "ram", "ras", "ded", "dem", "des")


def find_who(columns: ColumnNames, table: Table) -> WhoColumns:
    """The columns of names, positions and physical properties.

    Raises
    ------
    UnreadableTable
        If there are columns of neither names, positions nor ids.
    """
    physical = {ours: columns.first(one.published) for ours, one in PHYSICAL.items()}
    who = WhoColumns(
        iauname=(name := _first(columns, _NAMES, _NAMES_IN_DOUBT)),
        position=find_position(columns, table),
        source_id=_first(columns, _SOURCE_IDS, IDS_IN_DOUBT),
        image=columns.first(("loc",)),
        physical={ours: theirs for ours, theirs in physical.items() if theirs},
        names_in_doubt=name is not None and "iau" not in spelling(name),
    )
    # An id may hold names made of positions; whether it does is seen in its cells.
    if not (who.iauname or who.position or who.image or who.source_id):
        raise UnreadableTable(
            f"{columns.table} does not identify its galaxies; it needs iauname, or ra "
            f"and dec. Missing: {columns.lacking(('iauname', 'ra', 'dec'))}"
        )
    return who


def _first(
    columns: ColumnNames, sure: tuple[str, ...], in_doubt: tuple[str, ...]
) -> str | None:
    """The first of these columns; of those in doubt two may have one name."""
    spelt = {name.strip().lower().replace("-", "_"): name for name in columns.names}
    return columns.first(sure) or next((spelt[n] for n in in_doubt if n in spelt), None)


def find_position(columns: ColumnNames, table: Table) -> PositionColumns | None:
    """The columns of positions, None if there are none.

    UnreadableTable if the frame contradicts the names of the columns.
    """
    spelt, in_names = _spelt(columns)
    for pair in _PAIRS:
        ra = next((spelt[one] for one in pair.ra if one in spelt), None)
        dec = next((spelt[one] for one in pair.dec if one in spelt), None)
        if ra is None or dec is None:
            continue
        ra, dec = columns.find(ra), columns.find(dec)
        frame = table.frame_of(ra)
        _refuse_other_frame(columns.table, (ra, dec), pair, frame)
        named = {ra: pair.unit, dec: pair.unit} | in_names
        if spelling(ra).startswith("rahour"):
            named[ra] = "hours"
        units = {c: unit_stated(table, c, named.get(c, "")) for c in (ra, dec)}
        frame = (frame if pair.agrees else "") or pair.frame
        return PositionColumns(ra, dec, frame, units)
    parts = tuple(spelt[one] for one in _PARTS if one in spelt)
    if len(parts) < len(_PARTS):
        return None
    ra, dec = parts[0], parts[3]
    sign = next((name for name in columns.names if name.strip() == "DE-"), None)
    units = {ra: "", dec: ""}
    return PositionColumns(ra, dec, table.frame_of(ra), units, parts, sign)


def _spelt(columns: ColumnNames) -> tuple[dict[str, str], dict[str, str]]:
    """Columns by spelling, without a unit in brackets, and these units by column."""
    in_names: dict[str, str] = {}
    spelt: dict[str, str] = {}
    for name in columns.names:
        bracketed = _BRACKETED.fullmatch(name.strip())
        if bracketed and is_angle(bracketed[2]):
            in_names[name] = bracketed[2]
            spelt.setdefault(spelling(bracketed[1]), name)
        else:
            spelt.setdefault(spelling(name), name)
    for name in columns.names:  # "sky.ra", as astropy writes a column of positions
        spelt.setdefault(spelling(name.rpartition(".")[2]), name)
    return spelt, in_names


def unit_stated(table: Table, column: str, named: str) -> str:
    """The unit that the file declares of a column, else the one in its name.

    UnreadableTable if they are different units.
    """
    declared = table.units.get(column, "")
    if not declared or not named:
        return declared or named
    if unit_of(declared) not in (None, unit_of(named)):
        raise UnreadableTable(
            f"{table.name} declares {column!r} in {declared!r}, but its name has "
            "another unit; correct the unit or the name"
        )
    return named


def _refuse_other_frame(
    table: str, columns: tuple[str, str], pair: _Pair, frame: str
) -> None:
    words = {"FK5": "FK5 J2000"}.get(frame.upper().strip(), frame.upper().strip())
    if not words or not pair.agrees or words.startswith(tuple(pair.agrees.split("|"))):
        return
    if pair.frame or not is_icrs(frame):
        raise UnreadableTable(
            f"{table} declares the frame {frame!r}, but its positions are in the "
            f"columns {columns[0]!r} and {columns[1]!r}; rename the columns (ra and "
            "dec, or l and b), or correct the frame"
        )
