"""How many people gave each answer to each galaxy, as a network learns them."""

from collections.abc import Iterable

import numpy as np

from morph.errors import MorphError
from morph.labels.answers_file import Act
from morph.labels.label_question import LabelQuestion
from morph.runs.finetuning.config import OwnQuestionConfig
from morph.runs.finetuning.labels_file import LEAST_OF_ANSWER


def question_to_learn(
    one: LabelQuestion, acts: Iterable[Act]
) -> tuple[OwnQuestionConfig, list[str]]:
    """The question as a run learns it, and the answers that it leaves out.

    Of several answers that may hold, those that hold of too few galaxies, or of all but
    too few, are no questions that could be learnt. MorphError for free tags, and where
    no answer is left.
    """
    if one.kind == "tags":
        raise MorphError(
            "free tags are not learnt: a galaxy without a tag may just not have been "
            "tagged. Make a question with answers, such as “Ring” and “No ring”"
        )
    if one.kind != "several":
        return OwnQuestionConfig(one.text, one.offered, one.kind), []
    whole = OwnQuestionConfig(one.text, one.answers, "several")
    _, counts = label_counts(whole, acts)
    kept, left_out = [], []
    for place, answer in enumerate(one.answers):
        yes, no = counts[:, 2 * place], counts[:, 2 * place + 1]
        few = min((yes > no).sum(), (no > yes).sum()) if len(counts) else 0
        (kept if few >= LEAST_OF_ANSWER else left_out).append(answer)
    if not kept:
        raise MorphError(
            f"no answer to “{one.text}” holds of at least {LEAST_OF_ANSWER} labelled "
            f"galaxies and of {LEAST_OF_ANSWER} not; label more galaxies"
        )
    return OwnQuestionConfig(one.text, tuple(kept), "several"), left_out


def label_counts(
    question: OwnQuestionConfig, acts: Iterable[Act]
) -> tuple[list[str], np.ndarray]:
    """iaunames, sorted, and the (n, L) counts of the labels of ``question.tree``.

    ``acts`` are those that count, at most one of each person for a galaxy. Those that
    do not know the answer say nothing of it.
    """
    labels = len(question.tree.labels)
    found: dict[str, np.ndarray] = {}
    for act in acts:
        if not act.answer:
            continue
        row = found.setdefault(act.iauname, np.zeros(labels, np.int64))
        for place, answer in enumerate(question.answers):
            holds = answer in act.answer
            if question.kind == "several":
                row[2 * place + (not holds)] += 1
            else:
                row[place] += holds
    names = sorted(found)
    rows = [found[name] for name in names]
    return names, np.array(rows, np.int64).reshape(len(names), labels)
