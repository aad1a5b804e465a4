"""The section "Several people" of the page Label."""

import shutil

import numpy as np
import pytest

from morph.catalogue import loading, release_table
from morph.release.publish import withdraw
from morph.selection.funnel import count
from morph.selection.selection import Selection
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


def test_the_posteriors_become_a_release(crowd, con, names, morph_home, dashboard):  # noqa: F811
    page = results(dashboard)
    page.segmented_control(key="label_crowd_method").set_value("dawid_skene").run()
    (name,) = [o for o in page.text_input if "label_crowd_name" in o.key]
    assert name.value == "small-demo-is-there-a-ring"
    name.set_value("with-rings").run()
    page.button(key="label_crowd_make").click().run()
    assert not page.exception
    try:
        made = release_table.release(con, "with-rings")
        assert made.manifest.parent_release == "small-demo"
        ring = made.tree.labels[-2]
        assert ring.endswith("_ring")
        sure = Selection(limits={ring: (0.75, 1.0)}, tree=made.tree)
        assert count(con, made, sure) == TRUTH.sum()
        asked = made.tree.questions[-1].name
        for page_name, more in {
            "explore": {ring: "0.75"},
            "overview": {},
            "contrast": {"question": asked},
            "simplex": {"triangle": asked},
            "galaxy": {},
            "designer": {"answer": ring},
            "populations": {"answer": ring},
            "compare": {"question": asked},
            "download": {ring: "0.75"},
            "subsets": {},
            "methods": {},
        }.items():
            path = f"{page_name}/{page_name}.py"
            shown = opened(dashboard, path, {"release": "with-rings", **more})
            assert not shown.exception, page_name
    finally:
        folder = withdraw(morph_home, "with-rings")
        loading.unload_release(con, "with-rings")
        shutil.rmtree(folder)
