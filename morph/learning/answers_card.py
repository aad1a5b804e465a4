"""The model card of a question of one's own, as Markdown.

After Mitchell et al. (2019), as the card of a run.
"""

from collections.abc import Mapping
from typing import Any

from morph.learning.fit_task import FitResult
from morph.learning.judging.evaluation_results import SCORES, Estimate, Evaluation
from morph.report.markdown import line, table

_HEADS = (
    "Score",
    "Model",
    "Chance",
    "Size, brightness, colour alone",
    "Model minus these",
    "Model, galaxies at random",
)


def answers_card(record: Mapping[str, Any], result: FitResult, parent: str) -> str:
    """The card; ``record`` is that of the release's details."""
    people = "1 person" if record["people"] == 1 else f"{record['people']} people"
    parts = [
        f"# Model card for “{line(record['text'])}”",
        "## Model details",
        line(record["how"]),
        f"Features and galaxies: those of the release {line(parent)}. "
        f"Learnt at {record['learnt_at']} (UTC).",
        "## Training data",
        f"{record['labels']:,} galaxies labelled by {people}. The labels are in the "
        "file of this release that ends in `_labels.csv`.",
        "## Evaluation",
        "Nested cross-validation: each galaxy is predicted by a model that was fitted, "
        "with its strength and temperature, without it and without those whose images "
        "overlap its own. 95% intervals are a bootstrap over galaxies.",
    ]
    names = zip(record["questions"], result.evaluations, strict=True)
    for name, one in names:
        parts += [f"### {line(name)}", _scores(one), _counts(one)]
    parts += [
        "## Limits",
        "Each galaxy has one label or few: the widths of the posteriors are those of "
        "the model, not of what people disagree about. Galaxies unlike all that were "
        "labelled may be wrong with confidence. Galaxies that a model chose to ask are "
        "not a random sample; the last column is of those drawn at random, if there "
        "are at least 20.",
    ]
    return "\n\n".join(parts) + "\n"


def _scores(one: Evaluation) -> str:
    rows = [
        (
            SCORES[row.score],
            _words(row.model),
            f"{row.chance:.3f}",
            *(_words(other) for other in (row.plain, row.more, row.at_random)),
        )
        for row in one.judged
    ]
    return table(_HEADS, rows)


def _counts(one: Evaluation) -> str:
    counts = ", ".join(f"{line(a)} {number:,}" for a, number in one.of_answer.items())
    better = "Better than chance." if one.learnt else "Not better than chance."
    return f"Of {one.galaxies:,} galaxies ({counts}). {better}"


def _words(one: Estimate | None) -> str:
    if one is None or one.value != one.value:  # NaN
        return "–"
    if one.low != one.low:
        return f"{one.value:.3f}"
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
