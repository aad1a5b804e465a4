"""The section "Several people" of the page Label."""

import numpy as np
import pytest

from tests.morph.labels.acts import act
from tests.pages.label.test_label_page import PATH, names  # noqa: F401 (a fixture)
from tests.pages.opening import opened, said

TRUTH = np.arange(20) % 3 == 0


@pytest.fixture
def crowd(ring, file, names):  # noqa: F811
    """Ann, Bob and Cem are right, Dan always says ring, Eve the opposite of all."""
    answers = {True: "Ring", False: "No ring"}
    told = {
        **dict.fromkeys(("ann", "bob", "cem"), TRUTH),
        "dan": np.ones(20, bool),
        "eve": ~TRUTH,
    }
    acts = [
        act(who, names[place], answers[bool(yes)])
        for who, votes in told.items()
        for place, yes in enumerate(votes)
    ]
    file.append(acts)
    return acts


def results(dashboard):
    return opened(dashboard, PATH, {"label_view": "Results"})


def table_of(page, start):
    """The table of galaxies whose columns begin so."""
    (found,) = [
        one.value
        for one in page.dataframe
        if any(str(name).startswith(start) for name in one.value.columns)
    ]
    return found.set_index("Galaxy")


def test_fractions_stand_first_and_count_everybody(crowd, names, dashboard):  # noqa: F811
    page = results(dashboard)
    assert not page.exception
    table = table_of(page, "Ring: fraction")
    ring, none = table.loc[names[0]], table.loc[names[1]]
    assert ring["Ring: fraction"] == pytest.approx(4 / 5)
    assert ring["Ring: with one vote added"] == pytest.approx(5 / 7)
    assert none["Ring: fraction"] == pytest.approx(2 / 5)


def test_the_opposite_and_the_constant_are_seen_through(
    crowd,
    names,  # noqa: F811
    dashboard,
):
    page = results(dashboard)
    page.segmented_control(key="label_crowd_method").set_value("dawid_skene").run()
    assert not page.exception
    table = table_of(page, "Ring: Dawid–Skene")
    found = table.loc[names[:20], "Ring: Dawid–Skene"].to_numpy() > 0.5
    assert (found == TRUTH).all()
    stated = "\n".join(one.value for one in page.markdown)
    assert "in 0 the most probable answer is not that of most votes" in stated


@pytest.mark.parametrize("method", ["glad", "swap"])
def test_every_method_draws_its_people(crowd, dashboard, method):
    page = results(dashboard)
    page.segmented_control(key="label_crowd_method").set_value(method).run()
    assert not page.exception
    assert page.get("plotly_chart")
    if method == "swap":
        assert "No answers are known" in said(page)
        page.selectbox(key="label_crowd_known").set_value("ann").run()
        assert not page.exception
        assert "No answers are known" not in said(page)


def test_one_person_has_nobody_to_be_compared_with(ring, file, names, dashboard):  # noqa: F811
    file.append([act("ann", names[0], "Ring")])
    assert "Fewer than two people have answered" in said(results(dashboard))
