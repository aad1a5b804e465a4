"""Who a table's galaxies are: iauname, the survey's own id, position, size, light."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import MorphError, UnreadableTable
from morph.sky import iauname_from_position, position_from_iauname, unique_names
from morph.tables import Contents
from morph.tables.column_names import ColumnNames

# Physical columns by the names that published tables give them, the surest first. Left
# out is what only sounds alike: magnitudes of other systems, radii of other fractions.
PHYSICAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "mag_g": ("mag_g_desi", "mag_g"),
    "mag_r": ("mag_r_desi", "mag_r"),
    "mag_z": ("mag_z_desi", "mag_z"),
    "radius_arcsec": ("radius_arcsec", "est_petro_th50", "petro_th50"),
    "redshift": ("redshift",),
}
# Outside these a value is a survey's mark for "unknown" (-999, 0, 99), not measured.
_POSSIBLE = {
    "mag_g": (0, 35),
    "mag_r": (0, 35),
    "mag_z": (0, 35),
    "radius_arcsec": (0, 3600),
    "redshift": (-0.02, 15),
}
_SOURCE_IDS = ("source_id", "dr8_id", "subject_id", "id_str")
# The authors' BMz tables name a galaxy by its image: .../<ra>_<dec>.fits.
_IMAGE_NAME = re.compile(r"(?:.*/)?(\d+\.\d+)_([+-]?\d+\.\d+)[^/]*")

Place = tuple[float, float]


@dataclass(frozen=True)
class WhoColumns:
    """The columns that say which galaxy a row is, by the table's own names."""

    iauname: str | None
    position: tuple[str, str] | None
    source_id: str | None
    image: str | None
    physical: Mapping[str, str]  # ours -> theirs

    @property
    def own_id(self) -> str | None:
        return self.source_id or self.image

    @property
    def numbers(self) -> list[str]:
        return [*(self.position or ()), *self.physical.values()]

    @property
    def texts(self) -> list[str]:
        return [c for c in (self.iauname, self.source_id, self.image) if c]


def find_who(columns: ColumnNames, *, id_is_enough: bool = False) -> WhoColumns:
    """The columns of names, positions and physical properties.

    Volunteers' votes may be known by their subject alone (``id_is_enough``).

    Raises
    ------
    UnreadableTable
        If rows can be told neither by name nor by position.
    """
    placed = columns.has_all(("ra", "dec"))
    found = {ours: columns.first(theirs) for ours, theirs in PHYSICAL_NAMES.items()}
    who = WhoColumns(
        iauname=columns.first(("iauname",)),
        position=(columns.find("ra"), columns.find("dec")) if placed else None,
        source_id=columns.first(_SOURCE_IDS),
        image=columns.first(("loc",)),
        physical={ours: theirs for ours, theirs in found.items() if theirs},
    )
    known = who.iauname or who.position or who.image
    if not (known or (id_is_enough and who.source_id)):
        raise UnreadableTable(
            f"{columns.table} does not say which galaxy a row is; it needs iauname, or "
            f"ra and dec, and lacks {columns.lacking(('iauname', 'ra', 'dec'))}"
        )
    return who


def galaxies_of(
    table: str, who: WhoColumns, contents: Contents
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row per galaxy in the table's order, and counts of what was noticed.

    Raises
    ------
    UnreadableTable
        If a galaxy stands twice, is off the sky, or has neither name nor position.
    """
    places = _places(table, who, contents)
    given = places["iauname"].to_numpy(dtype=object)
    _refuse_repeats(table, who.iauname, given)
    own_id = texts_of(contents, who.own_id)
    _refuse_repeats(table, who.own_id, own_id)
    lost = (given == "") & places["ra"].isna()
    if lost.any():
        raise UnreadableTable(
            f"{table} has {lost.sum():,} rows with neither name nor position (first: "
            f"row {np.argmax(lost) + 1:,}); give their ra and dec, or leave them out"
        )
    physical, report = physical_columns(who, contents)
    galaxies = places.assign(iauname=_named(given, places), **physical)
    if who.own_id:
        galaxies["source_id"] = own_id
    report |= {
        "named by position": int((given == "").sum()),
        "placed by name": int((places["position_from"] == "name").sum()),
        "without position": int(places["ra"].isna().sum()),
    }
    return galaxies, {what: count for what, count in report.items() if count}


def physical_columns(
    who: WhoColumns, contents: Contents
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Physical columns by our names, impossible values emptied and counted."""
    columns, impossible = {}, {}
    for ours, theirs in who.physical.items():
        values = contents.numbers[theirs]
        low, high = _POSSIBLE[ours]
        possible = (values > low) & (values < high)
        columns[ours] = np.where(possible, values, np.nan)
        impossible[f"{theirs} impossible"] = int((~np.isnan(values) & ~possible).sum())
    return columns, impossible


def texts_of(contents: Contents, column: str | None) -> np.ndarray:
    """(N,) texts of a column, all empty where the table has no such column."""
    if column is None:
        return np.full(contents.rows, "", dtype=object)
    return contents.texts[column].astype(object)


def _refuse_repeats(table: str, column: str | None, ids: np.ndarray) -> None:
    repeated = pd.Series(ids).duplicated() & (ids != "")
    if repeated.any():
        first = int(np.argmax(repeated))
        raise UnreadableTable(
            f"{table} has {repeated.sum():,} galaxies more than once by {column!r} "
            f"(first: {ids[first]}, again in row {first + 1:,}); keep one row of each"
        )


def _places(table: str, who: WhoColumns, contents: Contents) -> pd.DataFrame:
    """Names and positions: of the table, else of image names, else of the names."""
    ra, dec = positions_of(who, contents)
    places = pd.DataFrame({"iauname": texts_of(contents, who.iauname)})
    places = places.assign(ra=ra, dec=dec)
    refuse_off_sky(table, places)
    places["position_from"] = np.where(np.isnan(ra), "", "table").astype(object)
    _fill(places, texts_of(contents, who.image), _from_image, "image name")
    return place_by_name(places)


def positions_of(who: WhoColumns, contents: Contents) -> np.ndarray:
    """(2, N) ra and dec in degrees, both NaN where either is unknown."""
    if who.position is None:
        return np.full((2, contents.rows), np.nan)
    places = np.stack([contents.numbers[column] for column in who.position])
    return np.where(np.isnan(places).any(axis=0), np.nan, places)


def refuse_off_sky(table: str, places: pd.DataFrame) -> None:
    """Refuse positions that are not degrees on the sky.

    Raises
    ------
    UnreadableTable
        If a known ra or dec is out of range; the first is named.
    """
    ra, dec = places["ra"].to_numpy(), places["dec"].to_numpy()
    off = ~np.isnan(ra) & ~((ra >= 0) & (ra < 360) & (np.abs(dec) <= 90))
    if off.any():
        row = int(np.argmax(off))
        raise UnreadableTable(
            f"{table} has {off.sum():,} positions off the sky (first: row {row + 1:,}, "
            f"ra {ra[row]}, dec {dec[row]}); expected degrees, ra 0 to 360, dec ±90"
        )


def place_by_name(places: pd.DataFrame) -> pd.DataFrame:
    """Positions still unknown, from the iauname; ``position_from`` says which."""
    places = places.copy()
    _fill(places, places["iauname"].to_numpy(dtype=object), _from_name, "name")
    return places


def _fill(
    places: pd.DataFrame,
    texts: np.ndarray,
    read: Callable[[str], Place | None],
    position_from: str,
) -> None:
    rows = np.flatnonzero(places["ra"].isna() & (texts != ""))
    found = {row: place for row in rows if (place := read(texts[row]))}
    if found:
        where = list(found)
        places.loc[where, ["ra", "dec"]] = np.array(list(found.values()))
        places.loc[where, "position_from"] = position_from


def _from_image(text: str) -> Place | None:
    match = _IMAGE_NAME.fullmatch(text)
    if match is None:
        return None
    ra, dec = (float(number) for number in match.groups())
    return (ra, dec) if 0 <= ra < 360 and abs(dec) <= 90 else None


def _from_name(text: str) -> Place | None:
    try:
        return position_from_iauname(text)
    except MorphError:
        return None  # a name of the survey's own; the galaxy stays, without position


def _named(given: np.ndarray, places: pd.DataFrame) -> np.ndarray:
    """The given names, and for the rest names from positions, none twice."""
    nameless = given == ""
    if not nameless.any():
        return given
    made = iauname_from_position(*places.loc[nameless, ["ra", "dec"]].to_numpy().T)
    unique = unique_names([*given[~nameless], *made])
    names = given.copy()
    names[nameless] = unique[(~nameless).sum() :]
    return names
