"""The conditions of a selection, for a browser that counts while a slider is moved.

Limits it compares itself, with the codes of their columns; of any other condition it
gets a bit for each galaxy. A slider of another question brings conditions of the
decision tree with it, so these are listed by question.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.certainty import Surest
from morph.selection.conditions import steps
from morph.selection.in_memory.slider_codes import MOST_ROWS
from morph.selection.selection import Selection
from morph.selection.step import Step
from morph.selection.url import to_query
from morph.trees.decision_tree import Question
from pages.common import words
from pages.common.server.routes import cells_route

_ANY = (0.0, 0.5)  # a limit that brings conditions of the tree
_HEAD = ("gate", "votes")  # the conditions before all limits

Mask = dict[str, str]


def plan(release: LoadedRelease, selection: Selection) -> dict[str, Any] | None:
    """What `sliders/cubes.js` needs; None where only the server can count.

    That is where a release does not fit into memory, and where a condition keeps a
    fraction of the galaxies that the others leave.
    """
    if not fits(release) or any(isinstance(c, Surest) for c in selection.certainty):
        return None
    masks = _Masks(release, selection)
    fixed = replace(selection, limits={}).questions
    asked = selection.questions
    heads = {}
    for question in release.tree.questions:
        others = [one for one in asked if one != question or one in fixed]
        heads[question.name] = {
            "with": masks.head([*others, question]),
            "without": masks.head(others),
        }
    return {
        "url": cells_route.url(release),
        "rows": min(release.galaxies, MOST_ROWS),
        "total": release.galaxies,
        "heads": heads,
        "head": masks.head(asked),
        "masks": masks.all,
        "fixed": [question.name for question in fixed],
        "answers": release.tree.labels,
        "measured": [*MEASURED],
        "certainty": [m for c in selection.certainty for m in masks.of(certainty=(c,))],
        "last": [
            *masks.of(sky=selection.sky),
            *masks.of(regions=selection.regions),
            *(one for s in selection.subsets for one in masks.of(subsets=(s,))),
            *(one for limit in selection.own for one in masks.of(own=(limit,))),
        ],
    }


class _Masks:
    """The conditions that a browser has as masks, each once, with where it is."""

    def __init__(self, release: LoadedRelease, selection: Selection) -> None:
        self.all: list[Mask] = []
        self._places: dict[str, int] = {}
        self._known: dict[tuple[str, ...], list[int]] = {}
        self._release = release
        self._rule = Selection(
            tree=release.tree,
            rule=selection.rule,
            asked=selection.asked,
            least_votes=selection.least_votes,
        )

    def head(self, questions: Iterable[Question]) -> list[int]:
        """Positions in `all` of the conditions that limits on these questions bring."""
        asked = set(questions)
        labels = tuple(q.labels[0] for q in self._release.tree.questions if q in asked)
        # A condition of one question is the same, and at one address, with any others.
        for label in labels:
            self._kept((label,))
        return self._kept(labels)

    def of(self, **part: Any) -> list[Mask]:
        """The conditions of one part of a selection alone."""
        alone = Selection(tree=self._release.tree, rule="off", **part)
        every = enumerate(steps(alone, self._release))
        return [self._mask(step, alone, number) for number, step in every]

    def _kept(self, labels: tuple[str, ...]) -> list[int]:
        """Positions of the conditions that any limits on these answers bring."""
        if labels not in self._known:
            limited = replace(self._rule, limits=dict.fromkeys(labels, _ANY))
            self._known[labels] = [
                self._place(step, limited, number)
                for number, step in enumerate(steps(limited, self._release))
                if step.kind in _HEAD
            ]
        return self._known[labels]

    def _place(self, step: Step, selection: Selection, number: int) -> int:
        if step.words not in self._places:
            self._places[step.words] = len(self.all)
            self.all.append(self._mask(step, selection, number))
        return self._places[step.words]

    @staticmethod
    def _mask(step: Step, selection: Selection, number: int) -> Mask:
        query: Mapping[str, Any] = {**to_query(selection), "number": number}
        return {
            "short": words.sentence(step.short),
            "words": words.sentence(step.words),
            "query": urlencode(query, doseq=True),
        }
