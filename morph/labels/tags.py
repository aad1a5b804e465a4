"""Which galaxies have a tag, and which tags are near one that no galaxy has."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from morph.labels.answers_file import Act
from morph.labels.in_force import counting

_ALIKE = 0.6  # of two spellings, for one to be proposed for the other
_MOST = 6


def tagged(files: Iterable[Iterable[Act]]) -> dict[str, tuple[str, ...]]:
    """Tag -> iaunames of its galaxies, sorted; ``files`` are the acts of each question.

    A tag is on a galaxy if anybody put it there: that others did not says nothing. Tags
    with most galaxies come first; those that differ in a "#" or a plural "s" are one.
    """
    found: dict[str, set[str]] = {}
    words: dict[str, str] = {}
    for acts in files:
        for (_, name), act in counting(acts).items():
            for tag in act.answer:
                key = plain_tag(tag)
                words.setdefault(key, tag.removeprefix("#"))
                found.setdefault(key, set()).add(name)
    order = sorted(found, key=lambda key: (-len(found[key]), key))
    return {words[key]: tuple(sorted(found[key])) for key in order}


def tag_called(text: str, tags: Mapping[str, Sequence[str]]) -> str | None:
    """The tag that is meant exactly, whatever its case, "#" and plural."""
    key = plain_tag(text)
    return next((tag for tag in tags if plain_tag(tag) == key), None)


def nearest_tags(text: str, tags: Mapping[str, Sequence[str]]) -> list[str]:
    """Tags with a word in common, or a similar spelling, the nearest first.

    A common beginning counts: "merging" is nearer to "merger" than to "ring".
    """
    key = plain_tag(text)
    near: dict[str, float] = {}
    for tag in tags:
        plain = plain_tag(tag)
        alike = SequenceMatcher(None, key, plain).ratio()
        common = bool(set(key.split()) & set(plain.split()))
        if common or alike >= _ALIKE or (len(key) > 2 and key in plain):
            begins = _same_letters(key, plain) / max(len(key), len(plain))
            near[tag] = alike + common + begins / 2
    return sorted(near, key=lambda tag: (-near[tag], tag))[:_MOST]


def plain_tag(text: str) -> str:
    """A tag in lower case without "#" and a plural "s", with blanks between words."""
    words = text.casefold().replace("#", " ").replace("-", " ").replace("_", " ")
    return " ".join(
        word[:-1] if len(word) > 3 and word.endswith("s") else word
        for word in words.split()
    )


def _same_letters(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
