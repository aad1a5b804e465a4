"""The declarations of a VOTable, read in one pass that refuses external references.

astropy fetches the ``href`` of a STREAM, including local files (measured: it read
/etc/passwd into a table), and allocates as many rows as a file claims. So the XML is
checked before astropy reads it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from morph.errors import UnreadableTable
from morph.tables.cells import shorten
from morph.tables.limits import check_columns

_MAX_TABLES = 10_000
_MAX_DEPTH = 100
_MAX_FACTS = 2_000
_PARTS = ("RESOURCE", "TABLE")
_DATA = ("TABLEDATA", "BINARY", "BINARY2")
# Positions, most significant first, in the words of both versions of UCD.
_POSITIONS = ("pos.eq.ra;meta.main", "pos_eq_ra_main", "pos.eq.ra", "pos_eq_ra")
_POSITIONS += ("pos.eq", "pos.", "pos_")
_DEFAULT_EQUINOX = {"eq_FK4": "B1950", "eq_FK5": "J2000", "FK4": "B1950"}


@dataclass(frozen=True)
class System:
    """A COOSYS: its sky frame, and the RESOURCE and TABLE elements it is within."""

    frame: str
    within: tuple[int, ...]  # by their numbers in the file


@dataclass
class Declared:
    """What a TABLE declares, and how many rows of text it has."""

    name: str
    within: tuple[int, ...] = ()  # the numbers of RESOURCE elements and its own
    claimed: int | None = None  # its nrows
    data: str = ""  # the element with its rows
    texts: int = 0  # its rows of TABLEDATA
    fields: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int | None:
        """The number of rows; None if it is only known when they are read."""
        if self.data in ("", "TABLEDATA"):
            return self.texts
        return self.claimed or None


@dataclass
class Outline:
    """The declarations of a VOTable as its elements begin and end."""

    name: str
    tables: list[Declared] = field(default_factory=list)
    fetches: bool = True  # whether a reader of the whole file would fetch references
    facts: dict[str, str] = field(default_factory=dict)  # outside of tables
    status: str = ""  # the last QUERY_STATUS of a service
    systems: dict[str, System] = field(default_factory=dict)  # by ID
    _open: list[tuple[str, str]] = field(default_factory=list)  # (tag, ref) of elements
    _in_tables: int = 0  # open TABLE elements
    _within: list[int] = field(default_factory=list)  # open RESOURCEs and TABLEs
    _parts: int = 0  # RESOURCE and TABLE elements
    _grouped: dict[str, str] = field(default_factory=dict)  # ID of a FIELD -> system

    def begins(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "TD" and not attributes:  # nearly all elements of a large table
            self._open.append(("TD", ""))
            return
        tag = tag.rsplit(":", 1)[-1]
        self._check(tag, attributes)
        self._open.append((tag, attributes.get("ref", "")))
        if len(self._open) > _MAX_DEPTH:
            raise UnreadableTable(f"{self.name} is XML nested too deeply for a VOTable")
        if tag in _PARTS:
            self._parts += 1
            self._within.append(self._parts)
        if tag == "TABLE":
            self._in_tables += 1
            self._begin_table(attributes)
        elif tag == "COOSYS":
            number = len(self.systems)
            system = System(_frame(attributes), tuple(self._within))
            self.systems[attributes.get("ID", f"#{number}")] = system
        elif tag in ("PARAM", "INFO"):
            self._note(attributes)
        elif tag == "FIELDref":
            self._group(attributes.get("ref", ""))
        elif self._in_tables:
            self._note_in_table(tag, attributes)

    def ends(self, _tag: str) -> None:
        tag, _ = self._open.pop()
        self._in_tables -= tag == "TABLE"
        if tag in _PARTS:
            self._within.pop()

    def _check(self, tag: str, attributes: Mapping[str, str]) -> None:
        pointing = [a for a in attributes if a.rsplit(":", 1)[-1].lower() == "href"]
        # A LINK is for people to follow; astropy does not.
        outside = (pointing and tag != "LINK") or tag in ("FITS", "PARQUET")
        if self.fetches and outside:
            raise UnreadableTable(
                f"{self.name} has an external reference "
                f"(<{tag}{' href' if pointing else ''}>), which morph does not fetch. "
                "Save it with its data in the file, or as FITS or Parquet"
            )

    def _begin_table(self, attributes: Mapping[str, str]) -> None:
        number = len(self.tables) + 1
        if number > _MAX_TABLES:
            raise UnreadableTable(
                f"{self.name} has more than {_MAX_TABLES:,} tables; expected one"
            )
        called = attributes.get("name") or attributes.get("ID") or ""
        title = f"table {called!r}" if called.isprintable() and called else ""
        nrows = attributes.get("nrows", "").strip()
        claimed = int(nrows) if nrows.isdecimal() else None
        self.tables.append(
            Declared(title or f"table {number}", tuple(self._within), claimed)
        )

    def _note_in_table(self, tag: str, attributes: Mapping[str, str]) -> None:
        table = self.tables[-1]
        if tag == "FIELD":
            table.fields.append(dict(attributes))
            check_columns(self.name, len(table.fields))
        elif tag == "TR":
            table.texts += 1
        elif tag in _DATA:
            table.data = tag

    def _note(self, attributes: Mapping[str, str]) -> None:
        facts = self.tables[-1].facts if self._in_tables else self.facts
        if len(facts) < _MAX_FACTS and "name" in attributes:
            facts.setdefault(attributes["name"], attributes.get("value", ""))
        if attributes.get("utype", "").endswith("SpaceFrame.CoordRefFrame"):
            system = System(attributes.get("value", ""), tuple(self._within))
            self.systems.setdefault("stc", system)
        if attributes.get("name") == "QUERY_STATUS":
            self.status = attributes.get("value", "").strip().upper()

    def _group(self, column: str) -> None:
        refs = [ref for tag, ref in self._open if tag == "GROUP" and ref]
        if refs and column:
            self._grouped[column] = refs[-1]

    def frames(self, table: Declared) -> dict[str, str]:
        """The frame of every column that refers to one."""
        columns = zip(column_names(table), table.fields, strict=True)
        return {c: frame for c, f in columns if (frame := self._frame_of(f))}

    def _frame_of(self, declared: Mapping[str, str]) -> str:
        """The frame that a FIELD refers to, itself or by a GROUP; "" if none."""
        grouped = self._grouped.get(declared.get("ID", ""), "")
        system = self.systems.get(declared.get("ref", "") or grouped)
        return system.frame if system else ""

    def frame(self, table: Declared) -> str:
        """The frame of the table's main position, or else of what the table is in."""
        referring = [f for f in table.fields if self._frame_of(f)]
        if referring:
            return self._frame_of(min(referring, key=_rank))
        stated = (
            system.frame
            for system in self.systems.values()
            if table.within[: len(system.within)] == system.within
        )
        return " or ".join(dict.fromkeys(filter(None, stated)))


def _rank(declared: Mapping[str, str]) -> int:
    ucd = declared.get("ucd", "").lower()
    ranks = (i for i, position in enumerate(_POSITIONS) if ucd.startswith(position))
    return next(ranks, len(_POSITIONS))


def _frame(attributes: Mapping[str, str]) -> str:
    system = attributes.get("system", "ICRS" if "equinox" not in attributes else "")
    equinox = attributes.get("equinox", "").strip() or _DEFAULT_EQUINOX.get(system, "")
    if equinox[:1].isdecimal():
        early = float(equinox) < 1984 if equinox.replace(".", "").isdecimal() else False
        equinox = f"{'B' if early else 'J'}{equinox}"
    exact = "FK" in system.upper() or not system
    return f"{system} {equinox}".strip() if exact else system


def column_names(table: Declared) -> tuple[str, ...]:
    """The names of a table's columns."""
    return tuple(f.get("name") or f.get("ID") or "" for f in table.fields)


def units_of(table: Declared) -> dict[str, str]:
    """The units of columns, where they are stated."""
    named = zip(column_names(table), table.fields, strict=True)
    return {c: f["unit"].strip() for c, f in named if f.get("unit", "").strip()}


def outline(name: str, path: Path) -> Outline:
    """The declarations of a VOTable file; UnreadableTable if it is no sound XML."""
    found = Outline(name)
    with _walking(name, found) as parser, path.open("rb") as file:
        parser.ParseFile(file)
    return found


def outline_of_text(name: str, text: bytes) -> Outline:
    """The declarations of a VOTable in the metadata of another file."""
    found = Outline(name, fetches=False)
    with _walking(name, found) as parser:
        parser.Parse(text, True)
    return found


@contextmanager
def _walking(name: str, found: Outline) -> Iterator[expat.XMLParserType]:
    def refuse(*_: object) -> None:
        raise UnreadableTable(
            f"{name} has a DOCTYPE with entities, which can expand without limit or "
            "refer to files; remove it, or save the table as FITS or Parquet"
        )

    def doctype(_name: str, _system: str, _public: str, internal: int) -> None:
        # VOTable 1.0 names its DTD, which is not fetched.
        if internal:
            refuse()

    parser = expat.ParserCreate()
    parser.StartElementHandler = found.begins
    parser.EndElementHandler = found.ends
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        yield parser
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableTable(
            f"{name} is broken XML ({shorten(error)}); copy or download it again"
        ) from error
