"""A position typed or pasted by a person: coordinates, a name, or a link."""

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from morph.errors import MorphError
from morph.sky import object_names
from morph.sky.angles import Reading, angle, place
from morph.sky.coordinates_in_text import coordinates, without_words
from morph.sky.designations import NamedPlace, named_place
from morph.sky.object_names import KnownObject
from morph.sky.plain_text import plain
from morph.sky.program_syntax import from_program

TYPED = (
    "184.675 11.7318, 12:18:42.0 +11:43:54, J121842.00+114354.4, NGC 4258, or a link "
    "to the Legacy Surveys viewer, ESASky, Aladin, NED or SIMBAD"
)
_LONGEST = 4000  # characters, of a link; reading takes the square of them
_OTHER_FRAME = re.compile(
    r"(?:\b|(?<=_)|ra_?|dec?_?)([bj]?19\d\d(?:\.0*)?|fk4|galactic|supergalactic|"
    r"ecliptic|[eg]lon|[eg]lat|sg[lb]|gal|image|physical)\b"
    r"|\b([lb])\s*(?:[=:]|(?=[+-]?\d))|(\(l, ?b\))|([λβ])"
)
_NAME_LABEL = re.compile(
    r"^[\"']?(?:iau[ _]?name|name|object|galaxy|designation|id)[\"']? ?[:=] ?", re.I
)
# Words that can only be a name: "Foo 123" and "3C 999", not "12h18" or "nan nan".
_NAME = re.compile(
    r"(?!(?:ra|dec|nan|inf)\b)(?:[^\W\d_]|\d{1,2}[abce-gi-ln-rt-z])[\w .+*'-]{0,59}$",
    re.I,
)
_LINK = re.compile(r"//[^?#]*[?#]|^[^\s(]*[?#][^\s=]*=")

# The parts of a link that hold a position or a name, first those that say which is RA.
_PAIRS = (("ra", "dec"), ("-c.ra", "-c.dec"), ("lon", "lat"), ("ra", "de"))
_PAIRS += (("raj2000", "dej2000"),)
_TARGETS = ("target", "coord", "coords", "coo", "-c", "c", "pos", "position", "mark")
_TARGETS += ("locstr", "ident", "objname", "name", "center", "centre")
_TARGETS += ("coordinates", "searchquery", "query")
_FRAMES = ("cooframe", "in_csys", "csys", "frame", "coordsys", "in_equinox", "equinox")
_FRAMES += ("cooequi", "-c.eq", "corr_eq", "coosys")


class UnknownName(MorphError):
    """A text that can only be a name, of no object that is known without a network."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:80]}” was not found: it is not a position, and no known object "
            f"has this name; try {TYPED}"
        )


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
    UnknownName if it can only be a name; MorphError if the text is none of these, has
    another frame than ICRS, or may mean two places.
    """
    text = plain(text)
    if len(text) > _LONGEST:
        raise MorphError(
            f"{text[:80]!r} and {len(text) - 80:,} more characters are not a position; "
            f"try {TYPED}"
        )
    if _LINK.search(text):
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
        return _position(place(from_program(lower) or coordinates(lower)))
    except MorphError as error:
        problem = str(error)
    if problem.endswith("is not a position"):
        problem = f"{text[:80]!r} is not a position"
        if objects and _NAME.match(text):
            raise UnknownName(text)
    if problem.endswith("position"):
        problem += f"; try {TYPED}"
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


def is_object_name(text: str) -> bool:
    """Whether a text has the form of the name of an object, such as NGC 4258."""
    return object_names.is_catalogue_name(_without_label(plain(text)))


def known_object(text: str) -> KnownObject | None:
    """The well-known object that a text names, as `parse_position` finds it."""
    return object_names.known(_without_label(plain(text)))


def _without_label(text: str) -> str:
    return _NAME_LABEL.sub("", text).strip("\"' ,;")


def _named(text: str, objects: bool = True) -> Position | None:
    text = _without_label(text)
    for form in (text, without_words(text.lower())):
        if found := named_place(form):
            how = f"the name {found.name}"
            position = _position(Reading(found.ra, found.dec, how))
            return replace(position, iauname=found.iauname, named=found)
    if objects and (known := object_names.known(text)):
        return _position(Reading(known.ra, known.dec, known.words))
    return None


def _position(reading: Reading) -> Position:
    ra, dec, how = reading
    return Position(ra, dec, f"RA {ra:.5f}, Dec {dec:+.5f} ({how})")


def _from_link(text: str, objects: bool) -> Position:
    try:
        link = urlsplit((text if "//" in text else f"//{text}").replace("&amp;", "&"))
    except ValueError as error:
        raise MorphError(f"{text[:80]!r} is not a link; paste it again") from error
    parts = parse_qsl(link.query) + parse_qsl(link.fragment.rpartition("?")[2])
    given = {key.lower(): value.strip() for key, value in reversed(parts)}
    _check_frame(given)
    target = _target(given) or unquote(link.fragment)
    if not target:
        raise MorphError("the link has no position (ra= and dec=, or target=)")
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
    """The position or name in the parameters of a link; "" where there is none."""
    for ra, dec in _PAIRS:
        if given.get(ra) and given.get(dec):
            return f"{given[ra]}, {given[dec]}"
    for key in _TARGETS:
        if given.get(key):
            return given[key]
    return ""
