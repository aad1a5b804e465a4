"""What the sliders do with what a browser sends."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from pages.common.components import sliders as module
from pages.common.components.sliders import Group, Slider, sliders

BAR = Slider("bar_strong", "Strong bar", 0.0, 1.0, 0, 101, 100)
MAG = Slider("mag_r", "Magnitude", 14.0, 17.5, 1400, 351, 100)


@pytest.fixture
def drawn(monkeypatch) -> dict:
    """What is given to the component, and what its callbacks get, under "called"."""
    given: dict = {"called": []}
    monkeypatch.setattr(module, "_draw", lambda key, **data: given.update(data))
    tell = SimpleNamespace(tell=lambda key, **news: given.update(news))
    monkeypatch.setattr(module, "slider_news", tell)
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state={}))
    call = given["called"].append
    sliders(
        [Group("bar", "Bar", [BAR]), Group("photometry", "P", [MAG], question=False)],
        key="answers",
        label="Answers",
        on_limit=lambda *limit: call(limit),
        on_fold=lambda *fold: call(fold),
        on_keep=lambda *keep: call(keep),
    )
    return given


def test_limits_are_inside_the_slider_and_in_order(drawn):
    limits = {"bar_strong": [0.9, 0.2], "mag_r": [-1, 99], "nothing": [0, 1]}
    drawn["on_limit"]({"number": 3, "limits": limits})
    assert drawn["called"] == [("bar_strong", 0.2, 0.9), ("mag_r", 14.0, 17.5)]
    assert module.heard() == 3
    drawn["on_limit"]({"number": 2, "limits": {}})  # an earlier one arrives late
    assert module.heard() == 3


def test_what_sliders_are_is_apart_from_their_values(drawn):
    about = drawn["groups_answers"]
    assert drawn["groups"] == {"name": "groups_answers", "version": about["version"]}
    assert (drawn["open"], drawn["values"]) == (["bar", "photometry"], {})
    limited = replace(BAR, low=0.25)
    module.sliders(
        [
            Group("bar", "Bar", [limited], open=False),
            Group("photometry", "P", [MAG], question=False),
        ],
        key="answers",
        label="Answers",
        on_limit=print,
    )
    assert drawn["groups_answers"] == about
    assert drawn["open"] == ["photometry"]
    assert drawn["values"] == {"bar_strong": (0.25, 1.0, False)}


def test_only_blocks_and_columns_that_are_drawn_are_changed(drawn):
    drawn["on_fold"]({"name": "bar", "open": True})
    drawn["on_fold"]({"name": "selection_now", "open": True})
    drawn["on_keep"]({"parameter": "mag_r", "keep": 1})
    drawn["on_keep"]({"parameter": "rule", "keep": True})
    assert drawn["called"] == [("bar", True), ("mag_r", True)]
