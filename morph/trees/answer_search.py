"""Answers of a tree by what astronomers call them: "S0", "barred", "face-on"."""

import re
from collections.abc import Iterator

from morph.trees.decision_tree import DecisionTree

_LONG = 3  # letters of one word at least, to look for beginnings of words


def answers_called(tree: DecisionTree, text: str) -> tuple[str, ...]:
    """Labels of the answers with exactly this name, in the order of the tree.

    Names are the words and synonyms of an answer; the title of a question stands for
    all its answers. Case, hyphens, a "#" and a plural "s" do not count.
    """
    wanted = _plain(text)
    return tuple(
        label
        for label in tree.labels
        if wanted and wanted in {_plain(name) for name in _names(tree, label)}
    )


def answers_like(tree: DecisionTree, text: str) -> tuple[str, ...]:
    """Labels of the answers that ``text`` may mean, in the order of the tree.

    Those with exactly this name, else those with all its words or their beginnings,
    else those that each of its words names: "barred spiral".
    """
    if exact := answers_called(tree, text):
        return exact
    words = _words(text)
    if not any(len(word) >= _LONG or word.isdigit() for word in words):
        return ()
    all_words = tuple(label for label in tree.labels if _has(tree, label, words))
    if all_words or len(words) < 2:
        return all_words
    each = [answers_like(tree, word) for word in words]
    found = {label for labels in each for label in labels} if all(each) else set()
    return tuple(label for label in tree.labels if label in found)


def _names(tree: DecisionTree, label: str) -> Iterator[str]:
    question = tree.question_of(label)
    yield from tree.names(label)
    yield question.title


def _has(tree: DecisionTree, label: str, words: list[str]) -> bool:
    known = [part for name in tree.names(label) for part in _words(name)]
    return all(
        any(part.startswith(word) or part == _singular(word) for part in known)
        for word in words
    )


def _words(text: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", text.casefold()) if part]


def _plain(text: str) -> str:
    return "".join(_singular(word) for word in _words(text))


def _singular(word: str) -> str:
    is_plural = len(word) > _LONG and word.endswith("s") and not word.endswith("ss")
    return word.removesuffix("s") if is_plural else word
