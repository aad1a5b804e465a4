"""The explorer's benchmark in the running dashboard, small: its counts are true."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from data.load_or_wait import enter
from data.synthetic.release import synthetic_release
from morph.home import release_folder
from tests import plain_counts
from tests.benchmarks import changes, explorer_app, people, served
from tests.benchmarks.light_tab import open_tab
from tests.plain_counts import Plain


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[tuple[int, Plain]]:
    """Port of a dashboard over 1,500 galaxies, and these galaxies read plainly."""
    home = tmp_path_factory.mktemp("explored")
    folder = release_folder(home, "synthetic")
    synthetic_release(folder, galaxies=1500, projection=True)
    enter(home, "synthetic", print)
    with served.serving(home) as (_, port):
        yield port, plain_counts.read(folder)


def spoilt(plain: Plain) -> Plain:
    """Galaxies that are not those of the dashboard."""
    shares = plain.shares.sample(frac=1, random_state=0).set_axis(plain.shares.index)
    return replace(plain, shares=shares * 0.9, places=plain.places * 0.9)


def test_counts_and_pictures_of_a_selection(app):
    port, plain = app
    right, pictures = explorer_app.selections(port, plain, 3)
    assert "says" not in right["missed"]
    assert "funnel" not in right["missed"]
    assert "pictures" not in pictures["missed"]
    wrong, _ = explorer_app.selections(port, spoilt(plain), 2)
    assert "are selected" in wrong["missed"]


def test_counts_and_pictures_of_a_lasso(app):
    port, plain = app
    (right,) = explorer_app.lassos(port, plain, 2)
    assert "lie in the lasso" not in right["missed"]
    assert "outside" not in right["missed"]
    (wrong,) = explorer_app.lassos(port, spoilt(plain), 2)
    assert "lie in the lasso" in wrong["missed"]


def test_each_person_gets_their_own_counts(app):
    port, plain = app
    found = people.acted(port, plain, 3, every=0)
    assert len(found.seconds) == people.ACTIONS
    assert found.problems == []
    assert people.acted(port, spoilt(plain), 3, every=0).problems


def test_a_tab_sees_what_the_page_says(app):
    port, plain = app
    with open_tab(port) as tab:
        first = tab.visit("explore")
        limited = tab.change("bar_strong", [0.5, 1.0])
    assert served.count(first)[0] == 1500
    assert served.errors(limited) == []
    number, seconds = served.count(limited)
    assert number == plain.chosen({"bar_strong": (0.5, 1.0)}).sum()
    assert 0 < seconds <= limited.seconds


def test_a_change_of_an_answer_sends_only_what_it_alters(app):
    port, plain = app
    with open_tab(port) as tab:
        tab.visit("explore", bar_strong=["0.02", "1"])
        for number, low in enumerate((0.1, 0.2, 0.3), start=1):
            limits = {"bar_strong": [low, 1.0]}
            event = {"number": number, "limits": limits}
            answer = tab.report("answers", "limit", event)
    assert served.wrong_counts(answer, plain, {"bar_strong": (0.3, 1.0)}) == []
    sent = {changes.words(one).split()[-1] for one in answer.arrived}
    assert {"bar_strong", "answers", "news_counted", "funnel", "gallery"} <= sent
    others = {"merging_merger", "news_groups_answers", "news_plan", "jump", "address"}
    assert not sent & {*others, "navigation", "logo", "undo", "keyboard", "release"}
    assert len(answer.arrived) <= changes.MESSAGES
    assert answer.bytes <= 1000 * changes.KILOBYTES
    assert answer.on_line < 0.6 * answer.bytes  # messages are compressed


def test_plain_counts_by_hand():
    places = np.array([[0.5, 0.5], [0.1, 0.9], [2.0, 0.5], [0.9, 0.1]])
    found = plain_counts.inside(places, [0, 1, 0], [0, 0, 1])
    assert found.tolist() == [False, False, False, False]
    found = plain_counts.inside(places, [0, 1, 1, 0], [0, 0, 1, 1])
    assert found.tolist() == [True, True, False, True]
