"""How well a question was learnt: scores beside chance, and the learning curve."""

import math

import numpy as np
import pandas as pd
import streamlit as st

from morph.figures import learning_figures
from morph.learning.judging.evaluation_results import (
    SCORES,
    Curve,
    Estimate,
    Evaluation,
)
from morph.learning.training_labels import Problem
from pages.common import figures, words

_SURE_OF_SHAPE = (
    "Better than size, brightness and colour alone: it has learnt something of the "
    "shape."
)
_NOT_OF_SHAPE = (
    "Not better than size, brightness and colour alone: it may have learnt nothing of "
    "the shape."
)


def scores(problem: Problem, found: Evaluation) -> None:
    """The table of scores, and what it says, in sentences."""
    rows = {
        "Score": [SCORES[one.score] for one in found.judged],
        "Model": [_with_interval(one.model) for one in found.judged],
        "Chance": [f"{one.chance:.2f}" for one in found.judged],
        "Size, brightness, colour": [_with_interval(one.plain) for one in found.judged],
        "Model minus these": [_with_interval(one.more, True) for one in found.judged],
    }
    if found.at_random:
        title = f"Model, {found.at_random:,} at random"
        rows[title] = [_with_interval(one.at_random) for one in found.judged]
    table = pd.DataFrame(rows)
    if found.judged[0].plain is None:
        table = table.drop(columns=["Size, brightness, colour", "Model minus these"])
    st.dataframe(table, hide_index=True, alt="Scores of the model", width="stretch")
    st.caption(" ".join(_verdict(found)))
    counts = ", ".join(
        f"{words.plain(answer)} {number:,}"
        for answer, number in found.of_answer.items()
    )
    st.caption(
        f"Of {words.galaxies(found.galaxies)} ({counts}), each predicted by a model "
        "that was fitted without it (nested cross-validation); 95% bootstrap intervals."
    )


def _verdict(found: Evaluation) -> list[str]:
    """Whether anything was learnt, and whether of the shape."""
    if not found.learnt:
        return [
            ":orange[Not better than chance, by its interval: label more galaxies, or "
            "the image features do not show it.]"
        ]
    main = next(one for one in found.judged if one.score in ("roc", "rmse"))
    if main.more is None or math.isnan(main.more.low):
        return ["Better than chance."]
    of_shape = main.more.low > 0 if main.score == "roc" else main.more.high < 0
    return [_SURE_OF_SHAPE] if of_shape else [f":orange[{_NOT_OF_SHAPE}]"]


def curve(problem: Problem, found: Curve, judged: Evaluation, *, key: str) -> None:
    """The learning curve, and what more labels would be worth."""
    title = SCORES[found.score]
    chance = next(one.chance for one in judged.judged if one.score == found.score)
    if len(found.labels) < 2:
        st.caption("There are too few labels for a learning curve yet.")
        return
    table = _table(found.labels, found.measured)
    figure = learning_figures.learning_curve(
        table, title, chance, ahead=_ahead(found, judged.galaxies)
    )
    figures.chart(figure, key=key, alt=f"{title} at numbers of labels")
    st.caption(_worth(found))
    names = {"x": "Labels", "y": title, "series": "Kind"}
    figures.table_of(figure, names, key=f"{key}_table", alt=title)


def _worth(found: Curve) -> str:
    """What more labels would be worth, and how that is known."""
    how = (
        "Measured on random parts of the labels, 3 times in each of the folds, on "
        "galaxies not fitted to, with the strength of the whole fit."
    )
    if found.gain is None or math.isnan(found.gain.low):
        return f"{how} There are too few points to say what more labels are worth."
    better = found.gain.low > 0 if found.score == "roc" else found.gain.high < 0
    number = f"{found.more:,} more labels"
    change = _with_interval(found.gain, True, digits=3)
    line = "by a straight line through these points against the logarithm of the number"
    if not better:
        return f"{number}: no gain can be measured ({change}), {line}. {how}"
    return f"{number}: {SCORES[found.score]} {change}, {line}. {how}"


def _ahead(found: Curve, labels: int) -> pd.DataFrame | None:
    """From the last measured point to the labels that there are, and to more."""
    if found.gain is None:
        return None
    x = np.log2(found.labels)
    y = np.array([one.value for one in found.measured])
    slope, level = np.polyfit(x, y, 1)
    at = [labels, labels + found.more]
    value = level + slope * np.log2(at)
    spread = np.array([0.0, 1.0])
    low = value + spread * (found.gain.low - found.gain.value)
    high = value + spread * (found.gain.high - found.gain.value)
    return pd.DataFrame({"labels": at, "value": value, "low": low, "high": high})


def _table(labels: tuple[int, ...], measured: tuple[Estimate, ...]) -> pd.DataFrame:
    columns = {name: [getattr(one, name) for one in measured] for name in _ENDS}
    return pd.DataFrame({"labels": labels, **columns})


_ENDS = ("value", "low", "high")


def _with_interval(
    one: Estimate | None, signed: bool = False, *, digits: int = 2
) -> str:
    if one is None or math.isnan(one.value):
        return "–"
    form = f"{{:{'+' * signed}.{digits}f}}"
    if math.isnan(one.low):
        return form.format(one.value)
    low, high = form.format(one.low), form.format(one.high)
    return f"{form.format(one.value)} ({low} to {high})"
