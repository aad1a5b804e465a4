"""Words that several pages share."""

import re

from morph.catalogue.release_table import LoadedRelease
from morph.posterior.tree import Question
from morph.release.manifest import MEASURED
from morph.selection.selection import Selection


def sentence(text: str) -> str:
    """The text with a capital first letter; names inside stay as they are."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Text from outside as it is: brackets make no links, pictures or colours of it."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def measured(column: str) -> str:
    """A measured column with its unit: "Half-light radius (arcsec)"."""
    unit, words = MEASURED[column]
    return f"{sentence(words)} ({unit})" if unit else sentence(words)


def galaxies(number: int) -> str:
    """A number of galaxies, in words that agree with it."""
    return f"{number:,} galaxy" if number == 1 else f"{number:,} galaxies"


def pictures(number: int) -> str:
    """A number of images, in words that agree with it."""
    return f"{number:,} image" if number == 1 else f"{number:,} images"


def over_passes(passes: int) -> str:
    """What a spread is taken over, where a model made several passes."""
    return f" over {passes} passes" if passes > 1 else ""


def sigma(passes: int) -> str:
    """What σ is: of several passes the root of the mean variance and that of means."""
    total = "total " if passes > 1 else ""
    return f"{total}standard deviation{over_passes(passes)}"


def followed(release: LoadedRelease, selection: Selection, question: Question) -> str:
    """The rule by which the tree is followed to a question, as a sentence."""
    way = release.tree.asked_if(question)
    if way == "always":
        return f"{question.title} is always asked."
    rule = {
        "largest": f"{way}, each the largest answer of its question.",
        "asked": f"{way}: asked with a probability of {selection.asked:.2f} or more.",
        "off": ":orange[ignored, so galaxies that would never be asked count as well.]",
    }
    return f"Tree: {rule[selection.rule]}"
