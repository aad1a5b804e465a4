"""The two coordinates in a text with labels, units and brackets.

``RA (J2000) = 12h18m42s, Dec = +11d43m54s`` or ``(α, δ) = (184.675°, +11.7318°)``.
"""

import re

from morph.sky.angles import with_unit

_WORDS = re.compile(
    r"\b(?:icrs|icrf|fk5|j2000(?:\.0)?|eq_j2000|2000\.0|epoch|equinox|eq|ep|sdss|"
    r"decals|nsa|coords?|coordinates?|position|pos|cent(?:er|re)|target)\b\.?\s*[:=]?"
)
_LABEL = (
    r"[\"']?(?:(?<![a-z])(?:[a-z]+_)?(?:{})|{})"
    r"(?:[ _]?(?:j?2000|icrs))?(?:_?(?:deg|hours?))?(?![a-z])[\"']?"
)
_RA = re.compile(_LABEL.format(r"r\.?a\.?|right ascension|alpha", "α"))
_DEC = re.compile(_LABEL.format(r"decl?\.?|de|declination|delta", "δ"))
_BOTH_LABELS = re.compile(rf"{_RA.pattern} ?[,/ ] ?{_DEC.pattern}")
_UNIT = re.compile(
    r"\s*(?:[(\[]\s*(deg(?:rees?)?|°|hms|dms|h(?:(?:ou)?rs?)?|rad(?:ians?)?|"
    r"hh:mm:ss|dd:mm:ss|[hd]:m:s)?\s*[)\]])?\s*[:=]?"
)
_AROUND = " ,;:=&|{}()[]"


def without_words(lower: str) -> str:
    """The text without words that say nothing more, such as the frame ICRS."""
    return " ".join(_WORDS.sub(" ", lower).split())


def coordinates(lower: str) -> str:
    """Only the coordinates of a text in lower case, RA first."""
    text = _BOTH_LABELS.sub(" ", without_words(lower))
    ra, dec = _RA.search(text), _DEC.search(text)
    if ra and dec:
        first = min(ra.start(), dec.start())
        east = _labelled(text, ra, dec.start() if dec.start() > first else len(text))
        north = _labelled(text, dec, ra.start() if ra.start() > first else len(text))
        text = f"{text[:first]} {east}, {north}"
    text = re.sub(r"[()\[\]{}<>]", " ", text)
    # Units over the decimal point: 42s.1, 54".48 and 42.s1.
    text = re.sub(r"(\d) ?([hmsd°'\"])\.(\d+)", r"\1.\3\2", text)
    text = re.sub(r"(\d)\.([hmsd°'\"])(\d+)", r"\1.\3\2", text)
    text = re.sub(r"arcsec(?:onds?)?\b", '"', re.sub(r"arcmin(?:utes?)?", "'", text))
    text = " ".join(text.split()).strip(" ,;:=").rstrip(".")
    if found := re.fullmatch(r"([\"'])([^\"']+)\1 ?[, ] ?([\"'])([^\"']+)\3", text):
        text = f"{found[2]}, {found[4]}"
    if text[:1] in "\"'":
        text = text.strip("\"' ")
    return re.sub(r"(?: [,;]|[,;] ) ?(?:[,;] ?)*", ", ", text)


def _labelled(text: str, label: re.Match[str], end: int) -> str:
    """The coordinate behind a label, in the unit that the label has."""
    found = _UNIT.match(text, label.end(), end)
    value = text[found.end() : end].strip(_AROUND) if found else ""
    unit = (found[1] if found else "") or ""
    if re.search(r"hours?\W*$", label[0]):
        unit = "h"
    if label[0].strip("\"'").endswith("deg"):
        unit = "d"
    return with_unit(value, unit[:1].replace("°", "d")) if unit else value
