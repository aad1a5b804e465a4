"""Loads in threads: their progress, their end, and why they were refused."""

import threading
import traceback

import pytest

from morph.errors import MorphError
from pages.common.server import loads


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(loads, "PATIENCE_S", 60)


def test_a_short_load_has_ended_when_it_is_begun():
    loads.begin("short", lambda tell: "3 galaxies", steps=1)
    assert loads.going_on("short") is None and loads.names() == []
    for _ in range(2):  # also to a second session that waits for it
        assert loads.result("short") == "3 galaxies"
    assert loads.refusal("short") == ""


def test_a_load_is_as_far_as_its_steps_and_begun_once(monkeypatch):
    monkeypatch.setattr(loads, "PATIENCE_S", 0)
    go_on, told, works = threading.Event(), threading.Event(), []

    def work(tell):
        works.append(tell)
        tell("Checking files", 0, 10)
        tell("Checking files", 5, 10)
        tell("Copying files", 10, 10)
        tell("Checking files", 0, 10)  # of the copy
        tell("Loading galaxies", 1, 4)
        told.set()
        assert go_on.wait(60)
        return "done"

    for _ in range(2):
        loads.begin("long", work, steps=4)
    assert told.wait(60) and len(works) == 1
    load = loads.going_on("long")
    assert (load.step, load.what, load.fraction) == (4, "Loading galaxies", 0.8125)
    assert loads.names() == ["long"] and loads.result("long") == ""
    go_on.set()
    load.thread.join(60)
    assert loads.result("long") == "done"


def refused():
    raise MorphError("it is damaged")


def broken():
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("work", "why"), [(refused, "it is damaged"), (broken, "the log has the reason")]
)
def test_why_a_load_was_refused_is_known_until_the_next(work, why):
    loads.begin("refused", lambda tell: work(), steps=1)
    for _ in range(2):
        with pytest.raises(MorphError, match=why):
            loads.result("refused")
    assert why in loads.refusal("refused") and "refused" not in loads.refusal("refused")
    loads.begin("refused", lambda tell: "done", steps=1)
    assert loads.result("refused") == "done" and loads.refusal("refused") == ""


def test_a_refusal_that_is_shown_again_does_not_grow():
    """A page that is drawn every two seconds asks for it each time."""
    loads.begin("shown", lambda tell: refused(), steps=1)
    depths = []
    for _ in range(5):
        with pytest.raises(MorphError) as raised:
            loads.result("shown")
        depths.append(len(traceback.extract_tb(raised.value.__traceback__)))
    assert len(set(depths)) == 1
