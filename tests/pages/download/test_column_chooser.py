"""The column chooser: what is shown, added, saved and chosen again is in the file."""

import io

import pyarrow.parquet as pq
import pytest

from morph.export import saved_columns
from morph.export.columns import all_names
from pages.common.galaxies import download_files
from pages.common.server import database, who_may
from pages.download import column_chooser
from tests.pages.opening import button, opened, said, toasts

PATH = "download/download.py"


@pytest.fixture
def page(morph_home, dashboard):
    page = opened(dashboard, PATH)
    page.segmented_control(key="columns").set_value("chosen").run()
    assert not page.exception
    return page


def shown(page) -> list[str]:
    return page.data_editor[0].value["Column"].tolist()


def ticked(page) -> list[str]:
    rows = page.data_editor[0].value
    return rows["Column"][rows["In the file"]].tolist()


def chosen(page) -> tuple[str, ...]:
    return page.session_state["download_columns"]


def test_at_first_the_basic_columns_are_chosen(page):
    release = page.session_state["here"].release
    assert shown(page) == list(all_names(release))
    assert {"iauname", "ra", "bar_answer"} <= set(ticked(page))
    assert "bar_strong_variance" not in ticked(page)
    assert f"{len(ticked(page))} columns." in said(page)


def test_names_with_underscores_stand_beside_the_published_ones(page):
    rows = page.data_editor[0].value.set_index("Column")
    named = rows["With underscores"]["smooth-or-featured_smooth_probability"]
    assert named == "smooth_or_featured_smooth_probability"


def test_a_search_finds_words_of_names_and_meanings(page):
    page.text_input(key="column_search").set_value("STRONG variance").run()
    assert shown(page) == ["bar_strong_variance"]
    page.text_input(key="column_search").set_value("declination").run()
    assert shown(page) == ["dec"]
    page.text_input(key="column_search").set_value("nothing like it").run()
    assert shown(page) == [] and not page.exception


def test_a_group_is_added_and_removed_at_once(page):
    before = chosen(page)
    page.selectbox(key="column_group").set_value("Variances").run()
    names = shown(page)
    assert len(names) == 34 and not ticked(page)
    button(page, "Add the 34 shown").click().run()
    assert ticked(page) == names
    assert set(chosen(page)) == {*before, *names}
    page.text_input(key="column_search").set_value("bar").run()
    some = shown(page)
    button(page, f"Remove the {len(some)} shown").click().run()
    assert set(chosen(page)) == {*before, *names} - {*some}


def test_ticks_of_the_table_are_taken_over(page):
    state = dict(
        download_columns=("ra", "dec"),
        download_set="",
        download_columns_turn=0,
        table={"edited_rows": {"0": {"In the file": True}, 2: {"In the file": False}}},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_chooser.st, "session_state", state)
        column_chooser._edited("table", ["iauname", "ra", "dec"])
    assert state["download_columns"] == ("ra", "iauname")


def test_a_set_is_saved_chosen_again_and_deleted(page, morph_home):
    page.text_input(key="column_search").set_value("healpix").run()
    button(page, "Add the 1 shown").click().run()
    number = len(chosen(page))
    page.text_input(key="column_set_name").set_value("For LSDB")
    button(page, f"Save {number} columns").click().run()
    assert not page.exception
    with database.cursor(morph_home) as con:
        assert [one.name for one in saved_columns.saved_columns(con)] == ["For LSDB"]
    label = page.get("download_button")[0].proto.label
    assert label.startswith("Download 300 galaxies")
    button(page, "Remove the 1 shown").click().run()
    assert "_healpix_29" not in chosen(page)
    page.selectbox(key="column_set").set_value("For LSDB").run()
    assert "_healpix_29" in chosen(page)
    page.text_input(key="column_set_name").set_value("for lsdb")
    button(page, f"Save {number} columns").click().run()
    assert "already exists" in toasts(page)[0]
    button(page, "Delete the set “For LSDB”").click().run()
    with database.cursor(morph_home) as con:
        assert saved_columns.saved_columns(con) == []
    assert "_healpix_29" in chosen(page)


def test_the_file_has_the_chosen_columns(page):
    page.text_input(key="column_search").set_value("concentration of smooth").run()
    button(page, f"Add the {len(shown(page))} shown").click().run()
    page.segmented_control(key="column_names").set_value("underscores").run()
    here = page.session_state["here"]
    names = chosen(page)
    columns = column_chooser.Columns("chosen", tuple(names), underscores=True)
    made = download_files.file_of(here, "parquet", columns)()
    rows = pq.read_table(io.BytesIO(made))
    assert "smooth_or_featured_smooth_concentration" in rows.column_names
    assert len(rows.column_names) == len(names)
    assert f"{len(names)} columns." in said(page)


def test_without_a_column_there_is_no_file(page):
    button(page, f"Remove the {len(shown(page))} shown").click().run()
    assert not page.exception
    assert page.get("download_button")[0].proto.disabled
    assert "No column is chosen" in page.info[0].value


def test_columns_of_another_release_are_left_out_and_counted(morph_home, dashboard):
    with database.cursor(morph_home) as con:
        saved_columns.save(con, "Variances", ["iauname", "bar_strong_variance"])
        other = opened(dashboard, PATH, {"release": "fractions-only"})
        other.segmented_control(key="columns").set_value("chosen").run()
        other.selectbox(key="column_set").set_value("Variances").run()
        assert ticked(other) == ["iauname"]
        assert "1 of its 2 columns are not in this release" in said(other)
        saved_columns.delete(con, "Variances")


def test_visitors_choose_but_do_not_save(page, monkeypatch):
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "read-only here")
    page.text_input(key="column_search").set_value("variance").run()
    assert not button(page, f"Add the {len(shown(page))} shown").disabled
    saving = button(page, f"Save {len(chosen(page))} columns")
    assert saving.disabled


def test_a_release_of_fractions_offers_no_posteriors(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    offered = page.segmented_control(key="columns").options
    assert offered == ["Basic", "Fractions", "Everything", "Choose"]
    assert "Basic, plus the vote fraction of every answer" in said(page)
