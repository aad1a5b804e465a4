"""Populations: an answer's fraction along a column, through the shell."""

import pytest

from morph.analysis.fractions import Fraction, fraction_along
from morph.catalogue import release_table
from morph.selection.selection import Limit, Selection
from pages.common.server import database
from tests.pages.opening import opened, opened_table, said

PATH = "populations/populations.py"


def expected(root, selection=None, *, column="mag_r", **given):
    with database.cursor(root) as con:
        release = release_table.release(con, "small-demo")
        fraction = given.pop("fraction", Fraction("bar_strong", 0.5))
        return fraction_along(
            con, release, selection or Selection(), fraction, column, **given
        )


def test_the_table_holds_both_fractions(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    found = expected(morph_home)
    assert not page.dataframe  # nothing is sent of a table that is closed
    shown = opened_table(page, "populations_table")
    assert len(shown) == 10
    assert shown["fraction"].tolist() == pytest.approx(
        (100 * found.summed["fraction"]).tolist(), nan_ok=True
    )
    assert shown["share"].tolist() == pytest.approx(
        (100 * found.counted["share"]).tolist(), nan_ok=True
    )
    assert {"fraction_low", "fraction_high", "share_low", "share_high"} <= set(shown)


def test_all_controls_come_from_the_address(morph_home, dashboard):
    query = {
        "answer": ["Smooth"],
        "against": ["Redshift"],
        "fraction": ["Votes"],
        "bins": ["5"],
        "equal": ["true"],
    }
    page = opened(dashboard, PATH, query)
    assert not page.exception
    votes = Fraction("smooth-or-featured_smooth")
    found = expected(
        morph_home, column="redshift", fraction=votes, bins=5, equal_counts=True
    )
    shown = opened_table(page, "populations_table")
    assert shown["galaxies"].tolist() == found.summed["galaxies"].tolist()
    assert f"{found.known} of 300 galaxies selected have a value" in said(page)
    assert not [slider for slider in page.slider if slider.key == "threshold"]


def test_the_selection_counts(morph_home, dashboard):
    page = opened(dashboard, PATH, {"mag_r": ["14", "16"]})
    bright = Selection(physical={"mag_r": Limit(14, 16)})
    found = expected(morph_home, bright)
    assert (
        opened_table(page, "populations_table")["galaxies"].sum()
        == found.summed["galaxies"].sum()
    )


def test_a_threshold_is_a_share_of_the_votes(morph_home, dashboard):
    page = opened(dashboard, PATH)
    page.slider(key="threshold").set_value(0.3).run()
    found = expected(morph_home, fraction=Fraction("bar_strong", 0.3))
    assert opened_table(page, "populations_table")[
        "fraction"
    ].tolist() == pytest.approx((100 * found.summed["fraction"]).tolist(), nan_ok=True)


def test_a_selection_by_the_answer_itself_is_warned_of(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.3", "1"]})
    assert any("limits answers to Bar, so" in w.value for w in page.warning)


def test_a_question_not_learnt_is_warned_of(morph_home, dashboard):
    page = opened(dashboard, PATH, {"answer": ["Boxy edge-on bulge"]})
    assert any("did not learn Edge-on bulge" in w.value for w in page.warning)


def test_fractions_alone_are_only_counted(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    assert any("only threshold counts" in info.value for info in page.info)
    assert "fraction" not in opened_table(page, "populations_table")
    assert "Summed posteriors" not in said(page)


def test_galaxies_of_one_value_have_no_bins(morph_home, dashboard):
    with database.cursor(morph_home) as con:
        table = con.table(release_table.release(con, "small-demo").table).df()
    faintest = table["mag_r"].nlargest(2)
    between = f"{faintest.mean():.4f}"
    page = opened(dashboard, PATH, {"mag_r": [between, "99"]})
    assert not page.exception
    assert any("Fewer than two different values" in info.value for info in page.info)


def test_the_numbers_can_be_taken_away(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bins": ["5"]})
    (button,) = page.get("download_button")
    assert button.proto.label == "Download 5 bins as CSV"
    found = expected(morph_home, bins=5)
    few = (found.summed["galaxies"] < 30) | (found.counted["reached"] < 30)
    assert opened_table(page, "populations_table")["few"].tolist() == few.tolist()
    assert few.any()


def test_the_figure_is_offered_for_print_with_its_caption_and_recipe(
    morph_home, dashboard
):
    dashboard.session_state["figure_populations"] = True  # the popover is opened
    page = opened(dashboard, PATH)
    assert not page.exception
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Download PDF" in labels
    (text,) = (code.value for code in page.code)
    assert "10 bins of r-band magnitude" in text
    assert "**" not in text
    assert "release: small-demo@" in text
    assert "selection: all galaxies of small-demo" in text
    page.radio(key="figure_format_populations").set_value("csv").run()
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Download CSV" in labels
