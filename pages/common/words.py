"""Wording that several pages share."""

import re

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import home
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question
from morph.wording import printable

# What is markup to Streamlit: anywhere, and at the beginning of a text.
_MARKUP = re.compile(
    r"[\\\[\]*`~$<>|]|(?<!\w)_|_(?!\w)|:(?=[\w+-]+[:/])(?!//)|&(?=#?\w+;)"
)
_NAME_FIRST = re.compile(r"\S*\w\.\w|\S+://|localhost\b")
_BLOCK = re.compile(r"^(\d{0,9})([#+=.)-](?=\s|[#+=-]*$|#*\s))")


# Of a computed column (`OwnColumn.outdated`).
OUTDATED = (
    ":orange[Out of date: its release was loaded again with other features. Compute it "
    "again on Similar.]"
)


def sentence(text: str) -> str:
    """The text with a capital first letter.

    "r-band" stays as it is, and names of hosts and files: zenodo.org, my_table.fits.
    """
    if text[1:2] == "-" or _NAME_FIRST.match(text):
        return text
    return text[:1].upper() + text[1:]


def without_home(text: str) -> str:
    """The text with paths relative to MORPH_HOME: visitors learn no other folders."""
    try:
        return text.replace(f"{home()}/", "")
    except MorphError:
        return text


def plain(text: str) -> str:
    """External text as Markdown that shows it as it reads, on one line.

    No links, images, colours, formulas or headings; characters that turn the direction
    of text are removed, and paths are relative to MORPH_HOME. An address that is
    written out becomes a link to itself.
    """
    text = without_home(text)
    text = " ".join(part for word in text.split() if (part := printable(word)))
    return _BLOCK.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))


def galaxies(number: int) -> str:
    """``1 galaxy`` or ``2 galaxies``."""
    return f"{number:,} galaxy" if number == 1 else f"{number:,} galaxies"


def pictures(number: int) -> str:
    """``1 image`` or ``2 images``."""
    return f"{number:,} image" if number == 1 else f"{number:,} images"


def over_passes(passes: int) -> str:
    """`` over 3 passes``; empty where a model made only one."""
    return f" over {passes} passes" if passes > 1 else ""


def of_mixture(passes: int) -> str:
    """`` of the mixture of 3 passes``; empty where a model made only one."""
    return f" of the mixture of {passes} passes" if passes > 1 else ""


def sigma(passes: int) -> str:
    """What σ is; total: square root of mean variance plus variance of the means."""
    total = "total " if passes > 1 else ""
    return f"{total}standard deviation{of_mixture(passes)}"


def searched(release: LoadedRelease) -> str:
    """What a search field finds, as a sentence."""
    tree = release.tree
    return (
        "You can search for names of galaxies and of known objects, identifiers, "
        "positions, links, and answers of the decision tree such as "
        f"“{tree.words(tree.first_answer)}”; free tags, such as #ring, are not part of "
        "a release."
    )


def not_found(release: LoadedRelease, text: str) -> str:
    """What to say of a text that is nothing in the release, as Markdown."""
    return (
        f"“{plain(text[:80])}” was not found in {release.release_id}. "
        f"{searched(release)}"
    )


def followed(release: LoadedRelease, selection: Selection, question: Question) -> str:
    """How the selection follows the tree to a question, as a sentence."""
    way = release.tree.asked_if(question)
    if not question.asked_after:
        return f"Every galaxy reaches {question.title}."
    rule = {
        "largest": f"{way}, each the most probable answer to its question.",
        "asked": f"{way}: reached with probability {selection.asked:.2f} or more.",
        "off": ":orange[ignored; some galaxies may not reach the question.]",
    }
    return f"Tree: {rule[selection.rule]}"
