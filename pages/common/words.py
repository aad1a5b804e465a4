"""Words that several pages share."""

from morph.selection import MEASURED


def sentence(text: str) -> str:
    """The text with a capital first letter; names inside stay as they are."""
    return text[:1].upper() + text[1:]


def measured(column: str) -> str:
    """A measured column with its unit: "Half-light radius (arcsec)"."""
    unit, words = MEASURED[column]
    return f"{sentence(words)} ({unit})" if unit else sentence(words)


def galaxies(number: int) -> str:
    """A number of galaxies, in words that agree with it."""
    return f"{number:,} galaxy" if number == 1 else f"{number:,} galaxies"
