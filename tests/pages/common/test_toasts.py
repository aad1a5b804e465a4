"""Toasts: all are shown, and none comes back once it was closed."""

import math
from collections.abc import Sequence

import pytest
from streamlit.testing.v1 import AppTest

from pages.common import toasts
from tests.pages import opening


def page() -> None:
    import streamlit as st

    from pages.common import toasts

    toasts.say_again()
    for text in st.session_state.get("texts", ()):
        toasts.note(text)
    toasts.say()


@pytest.fixture
def opened() -> AppTest:
    """A page that shows the given texts as toasts."""
    return AppTest.from_function(page, default_timeout=20)


def shown(page: AppTest, texts: Sequence[str]) -> list[str]:
    """The toasts of a run in which the page queues ``texts``."""
    page.session_state["texts"] = texts
    return opening.toasts(page.run())


def read_after(monkeypatch, seconds: float, *, just_now: float) -> None:
    monkeypatch.setattr(toasts, "_SHORT_S", seconds)
    monkeypatch.setattr(toasts, "_JUST_NOW_S", just_now)


def test_a_toast_is_not_shown_twice_as_it_may_have_been_closed(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=0)
    assert shown(opened, ["one", "two"]) == ["one", "two"]
    assert shown(opened, []) == []


def test_a_new_toast_keeps_the_unread_ones(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=0)
    shown(opened, ["one", "two"])
    assert shown(opened, ["three", "one"]) == ["one", "two", "three"]
    assert shown(opened, []) == []


def test_toasts_of_the_last_second_are_shown_again(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=3600)
    shown(opened, ["one"])
    assert shown(opened, []) == ["one"]
    assert shown(opened, ["two"]) == ["one", "two"]


def test_a_toast_that_was_read_is_not_shown_again(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=3600)
    shown(opened, ["one"])
    opened.session_state["passing_said"] = dict.fromkeys(
        opened.session_state["passing_said"], -math.inf
    )
    assert shown(opened, ["two"]) == ["two"]
