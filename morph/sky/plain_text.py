"""Typed or pasted text in plain signs: one kind of dash, space, prime and degree sign.

Names and positions come from papers, web pages and spreadsheets, which write a minus
sign in ten ways.
"""

import re
import unicodedata

_DASHES = "‐‑‒–—―−﹣－⁻˗⸺➖᠆"
_SIGNS = str.maketrans(
    dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("º˚∘", "°")
    | dict.fromkeys("′’‘ʹ´`", "'")
    | dict.fromkeys("″”“ʺ", '"')
    | {"＋": "+", "×": "x"}
)
_LATEX = (
    # The A&A macros of a unit over the decimal point, which they print too.
    (re.compile(r"\\farcs(?![a-z])\.?"), '".'),
    (re.compile(r"\\farcm(?![a-z])\.?"), "'."),
    (re.compile(r"\\fs(?![a-z])\.?"), "s."),
    (re.compile(r"\\fdg(?![a-z])\.?"), "°."),
    (re.compile(r"\\(?:circ|degr?|arcdeg|degree)(?![a-z])"), "°"),
    (re.compile(r"\\arcsec(?![a-z])|\\prime\s*\\prime"), '"'),
    (re.compile(r"\\(?:arcmin|prime)(?![a-z])"), "'"),
    (re.compile(r"\\(?:mathrm|rm|text|,|;|:|\\)|[${}^~]"), " "),
)


def plain(text: str) -> str:
    """The text with plain signs and single spaces, without marks of LaTeX."""
    text = text.translate(_SIGNS)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
        # Marks that show nothing, such as a zero-width space or a byte-order mark.
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    if re.search(r"[$\\^]", text):
        for pattern, sign in _LATEX:
            text = pattern.sub(sign, text)
    return " ".join(text.replace("''", '"').split())
