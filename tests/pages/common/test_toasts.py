"""Words said in passing: all are heard, and none comes back once it was closed."""

import math
from collections.abc import Sequence

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import toasts


def page() -> None:
    import streamlit as st

    from pages.common import toasts

    toasts.say_again()
    for text in st.session_state.get("given", ()):
        toasts.note(text)
    toasts.say()


@pytest.fixture
def opened() -> AppTest:
    """A page that says what it is given."""
    return AppTest.from_function(page, default_timeout=20)


def said(page: AppTest, texts: Sequence[str]) -> AppTest:
    page.session_state["given"] = texts
    return page.run()


def read_after(monkeypatch, seconds: float, *, just_now: float) -> None:
    monkeypatch.setattr("pages.common.toasts._SHORT_S", seconds)
    monkeypatch.setattr("pages.common.toasts._JUST_NOW_S", just_now)


def test_what_was_said_is_let_be_as_it_may_have_been_closed(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=0)
    assert toasts(said(opened, ["one", "two"])) == ["one", "two"]
    assert toasts(said(opened, [])) == []


def test_another_note_takes_no_place_of_those_still_to_be_read(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=0)
    said(opened, ["one", "two"])
    assert toasts(said(opened, ["three", "one"])) == ["one", "two", "three"]
    assert toasts(said(opened, [])) == []


def test_what_was_only_just_said_may_not_have_been_heard(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=3600)
    said(opened, ["one"])
    assert toasts(said(opened, [])) == ["one"]
    assert toasts(said(opened, ["two"])) == ["one", "two"]


def test_what_was_read_is_not_said_again(monkeypatch, opened):
    read_after(monkeypatch, 3600, just_now=3600)
    said(opened, ["one"])
    opened.session_state["passing_said"] = dict.fromkeys(
        opened.session_state["passing_said"], -math.inf
    )
    assert toasts(said(opened, ["two"])) == ["two"]
