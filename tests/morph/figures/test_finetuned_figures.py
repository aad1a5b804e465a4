"""The figure of a fine-tuning's scores."""

import json

import pytest

from morph.figures.finetuned_figures import scores
from morph.report import finetuned
from morph.runs.finetuning.results_file import JUDGED, METHODS, read_judged
from tests.morph.runs.test_finetuning import results


@pytest.fixture
def judged(tmp_path):
    value = results(-0.02, 0.2)
    methods = value["questions"][0]["methods"]
    methods["frozen"] = methods["frozen"] | {"roc_auc": [None, None, None]}
    (tmp_path / JUDGED).write_text(json.dumps(value))
    return read_judged(tmp_path)


def test_every_known_score_is_a_point_with_its_interval(judged):
    figure = scores(judged.questions[0].scores)
    drawn = {
        (axis, name): (x, bar)
        for trace in figure.data
        for axis, name, x, bar in zip(
            [trace.xaxis] * len(trace.x),
            trace.y,
            trace.x,
            trace.error_x.array,
            strict=True,
        )
    }
    tuned, frozen = METHODS["fine_tuned"], METHODS["frozen"]
    assert set(drawn) == {
        *((axis, tuned) for axis in ("x", "x2", "x3")),
        *((axis, frozen) for axis in ("x", "x2")),  # its area is not known
    }
    assert figure.layout.margin.t >= 30  # the titles of the panels are above them
    assert drawn["x", tuned] == (0.8, pytest.approx(0.1))
    assert list(figure.layout.yaxis.categoryarray) == [frozen, tuned]  # from below


def test_the_panel_says_that_no_difference_is_shown(judged):
    (panel,) = finetuned.panels(judged)
    assert panel.words.startswith("No difference to frozen features is shown")
    assert panel.table["method"].unique().tolist()[0] == "Fine-tuned"
    assert "| Fine-tuned | 0.800 (0.700 to 0.900)" in finetuned.markdown(judged)
