"""The ways down a tree to a question, with those that are one way taken together.

A way is a question after another, each with the answers that lead on. A question of
which every answer leads on decides nothing, and two ways that differ only in the last
answers are one. In Galaxy Zoo 2, "Anything odd" is asked after smooth galaxies,
edge-on and other disks: after smooth or featured.
"""

from collections.abc import Iterable

from morph.trees.question import Question

Way = tuple[tuple[Question, tuple[str, ...]], ...]


def joined(ways: Iterable[Way]) -> tuple[Way, ...]:
    """The ways, as few as possible."""
    left: list[Way] = []
    for way in ways:
        _add(left, _decisive(way))
    return tuple(left)


def _add(ways: list[Way], way: Way) -> None:
    """Add a way to the list, joined with those it can be joined with."""
    for other in ways:
        if other == way[: len(other)]:
            return  # that way is this one before it goes on
        if way == other[: len(way)] or _differ_in_the_end(way, other):
            ways.remove(other)
            shorter = way if way == other[: len(way)] else _both(way, other)
            _add(ways, _decisive(shorter))
            return
    ways.append(way)


def _differ_in_the_end(one: Way, other: Way) -> bool:
    return (
        len(one) == len(other)
        and one[:-1] == other[:-1]
        and one[-1][0].name == other[-1][0].name
    )


def _both(one: Way, other: Way) -> Way:
    question, labels = one[-1]
    either = {*labels, *other[-1][1]}
    kept = tuple(label for label in question.labels if label in either)
    return (*one[:-1], (question, kept))


def _decisive(way: Way) -> Way:
    return tuple(
        (question, labels)
        for question, labels in way
        if len(labels) < len(question.labels)
    )
