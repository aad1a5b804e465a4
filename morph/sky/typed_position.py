"""A position typed or pasted by a person: coordinates, a name, or a link."""

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from morph.errors import MorphError
from morph.sky import object_names
from morph.sky.angles import Reading, angle, place
from morph.sky.designations import NamedPlace, named_place
from morph.sky.plain_text import plain

_EXAMPLES = (
    "184.675 11.7318, 12:18:42.0 +11:43:54, J121842.00+114354.4, NGC 4258, or a link "
    "to the Legacy Surveys viewer, ESASky, Aladin, NED or SIMBAD"
)
_OTHER_FRAME = re.compile(
    r"\b(b1950(?:\.0)?|fk4|galactic|supergalactic|ecliptic|glon|glat|gal)\b"
    r"|\b([lb])\s*[=:]|([λβ])"
)
_WORDS = re.compile(
    r"\b(?:icrs|fk5|j2000(?:\.0)?|2000\.0|epoch|equinox|eq|sdss|decals|nsa|coords?|"
    r"coordinates?|position|pos)\b\.?\s*[:=]?"
)
_RA = re.compile(r"[\"']?\b(?:r\.?a\.?|right ascension|alpha)(?![a-z])[\"']?|α")
_DEC = re.compile(r"[\"']?\b(?:decl?\.?|declination|delta)(?![a-z])[\"']?|δ")
_UNIT_OF_LABEL = r"\s*(?:[(\[]\s*(?:deg(?:rees?)?|°|hms|dms|h)\s*[)\]])?\s*[:=]?"

# The parts of a link that hold a position or a name, first those that say which is RA.
_PAIRS = (("ra", "dec"), ("-c.ra", "-c.dec"), ("lon", "lat"))
_TARGETS = ("target", "coord", "coords", "coo", "-c", "c", "pos", "position", "mark")
_TARGETS += ("locstr", "ident", "objname", "name", "center", "centre")
_FRAMES = ("cooframe", "in_csys", "csys", "frame", "coordsys", "in_equinox", "equinox")
_FRAMES += ("cooequi", "-c.eq", "corr_eq", "coosys")


@dataclass(frozen=True)
class Position:
    """A parsed position, and a sentence on how it was understood."""

    ra: float  # degrees
    dec: float  # degrees
    understood: str
    iauname: str | None = None  # if the text was the full name of a galaxy
    named: NamedPlace | None = None  # if its digits are those of a name


def parse_position(text: str, *, objects: bool = True) -> Position:
    """The position that a text means: coordinates, the name of an object, or a link.

    Plain numbers are degrees, and pairs of sexagesimal ones hours and degrees. Without
    ``objects``, only names with digits of a position are known, not NGC 4258.
    MorphError if the text is none of these, has another frame than ICRS, or may mean
    two places.
    """
    text = plain(text)
    if re.search(r"[?#]", text) and ("//" in text or "=" in text):
        return _from_link(text, objects)
    if found := _named(text, objects):
        return found
    lower = text.lower()
    if frame := _OTHER_FRAME.search(lower):
        word = frame[0].strip(" =:")
        raise MorphError(
            f"{text[:80]!r} has coordinates that are not ICRS ({word}); convert them "
            "to ICRS or J2000 first"
        )
    try:
        return _position(place(_coordinates(lower)))
    except MorphError as error:
        problem = str(error)
    if problem.endswith("is not a position"):
        problem = f"{text[:80]!r} is not a position"
    if problem.endswith("position"):
        problem += f"; try {_EXAMPLES}"
    raise MorphError(problem)


def is_position(text: str, coordinates: bool = True) -> bool:
    """Whether a text is a position; without ``coordinates``, a name that gives one."""
    try:
        if coordinates:
            return bool(parse_position(text, objects=False))
        return named_place(plain(text)) is not None
    except MorphError:
        return False


def is_coordinate(text: str) -> bool:
    """Whether a text is one coordinate, alone or in brackets."""
    return angle(plain(text).strip("()[] ").lower()) is not None


def _named(text: str, objects: bool = True) -> Position | None:
    bare = _WORDS.sub(" ", text.lower())
    for form in (text, " ".join(bare.split())):
        if found := named_place(form):
            how = f"the name {found.name}"
            position = _position(Reading(found.ra, found.dec, how))
            return replace(position, iauname=found.iauname, named=found)
    if objects and (known := object_names.known(text)):
        return _position(Reading(known.ra, known.dec, known.words))
    return None


def _coordinates(lower: str) -> str:
    """Only the coordinates of a text, RA first."""
    text = _WORDS.sub(" ", lower)
    ra, dec = _RA.search(text), _DEC.search(text)
    if ra and dec and dec.start() < ra.start():
        after = text[dec.end() : ra.start()], text[ra.end() :]
        text = f"ra {after[1].strip(' ,;{}()[]')} dec {after[0]}"
    for label, between in ((_RA, " "), (_DEC, " ")):
        text = re.sub(f"(?:{label.pattern}){_UNIT_OF_LABEL}", between, text)
    text = re.sub(r"[()\[\]{}<>]", " ", text)
    text = re.sub(r"(\d)([s\"])\.(\d+)|(\d)\.([s\"])(\d+)", r"\1\4.\3\6\2\5", text)
    text = " ".join(text.split()).strip(" ,;:.")
    if text[:1] in "\"'":
        text = text.strip("\"' ")
    return re.sub(r" ?([,;]) ?(?:[,;] ?)*", r"\1 ", text) if ", " in text else text


def _position(reading: Reading) -> Position:
    ra, dec, how = reading
    return Position(ra, dec, f"RA {ra:.5f}, Dec {dec:+.5f} ({how})")


def _from_link(text: str, objects: bool) -> Position:
    try:
        link = urlsplit(text if "//" in text else f"//{text}")
    except ValueError as error:
        raise MorphError(f"{text[:80]!r} is not a link; paste it again") from error
    parts = parse_qsl(link.query) + parse_qsl(link.fragment.rpartition("?")[2])
    given = {key.lower(): value.strip() for key, value in reversed(parts)}
    _check_frame(given)
    target = _target(given)
    if re.search(r"[?#]", target):
        raise MorphError(f"{target!r} in the link is not a position")
    # In a link, a plus sign stands for a space; in a name, a space for nothing.
    signed = re.sub(r"(?<=\d) (?=\d+(?:\.\d+)?$)", "+", target)
    named = _named(signed, objects=False) if "j" in target.lower() else None
    position = named or parse_position(target, objects=objects)
    host = link.hostname or "a page"
    understood = _position(Reading(position.ra, position.dec, f"link to {host}"))
    return replace(position, understood=understood.understood)


def _check_frame(given: dict[str, str]) -> None:
    for key in _FRAMES:
        value = given.get(key, "").lower()
        name = "Galactic" if value.startswith("gal") else value
        if re.match(r"gal|super|sgal|ecl|fk4|b?19", value):
            raise MorphError(
                f"the link has {name} coordinates; change it to J2000 first"
            )


def _target(given: dict[str, str]) -> str:
    for ra, dec in _PAIRS:
        if given.get(ra) and given.get(dec):
            return f"{given[ra]}, {given[dec]}"
    for key in _TARGETS:
        if given.get(key):
            return given[key]
    raise MorphError("the link has no position (ra= and dec=, or target=)")
