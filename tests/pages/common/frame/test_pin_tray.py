"""The tray: what is pinned on one page is in view on the others, and can be kept."""

import io

import pyarrow.parquet as pq
import pytest

from morph.analysis.one_galaxy import galaxy
from morph.catalogue import release_table
from morph.selection import recipe_json
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common import pins
from pages.common.galaxies import download_files
from pages.common.server import database
from tests.pages.opening import components, opened, sent


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con
        for one in saved.subsets(con):
            saved.delete(con, one.subset_id)


def tray(page):
    found = [c for c in components(page, "gallery") if c["label"].startswith("Pinned")]
    return [tile["iauname"] for tile in found[0]["tiles"]] if found else None


def test_pinned_galaxies_stay_in_view_and_become_a_subset(con, dashboard):
    page = opened(dashboard, "explore/explore.py")
    assert tray(page) is None
    (shown,) = components(page, "gallery")
    assert [action["key"] for action in shown["actions"]] == ["s"]
    names = [tile["iauname"] for tile in shown["tiles"][:3]]
    page.session_state["pins"] = tuple(names)
    page.run()
    assert tray(page) == names
    page = opened(page, "overview/overview.py")
    assert not page.exception
    assert tray(page) == names
    page.text_input(key="save_pins_name").set_value("Odd ones")
    page.button(key="save_pins_save").click().run()
    assert not page.exception
    (kept,) = saved.subsets(con)
    assert (kept.name, kept.kind) == ("Odd ones", "pins")
    assert list(saved.members(con, kept.subset_id)) == sorted(names)
    page.button(key="clear_pins").click().run()
    assert tray(page) is None
    page.button(key="unclear_pins").click().run()
    assert tray(page) == names


@pytest.fixture
def pinned(con, dashboard):
    """A page with four galaxies pinned, and their names."""
    page = opened(dashboard, "explore/explore.py")
    (shown,) = components(page, "gallery")
    names = [tile["iauname"] for tile in shown["tiles"][:4]]
    page.session_state["pins"] = tuple(names)
    return page.run(), names


def test_a_subset_of_pins_remembers_the_selection(con, dashboard):
    page = opened(dashboard, "explore/explore.py", {"mag_r": ["15", "16"]})
    (shown,) = components(page, "gallery")
    page.session_state["pins"] = (shown["tiles"][0]["iauname"],)
    page.run()
    page.text_input(key="save_pins_name").set_value("A bright one")
    page.button(key="save_pins_save").click().run()
    assert not page.exception
    made = saved.subsets(con)[0]
    assert made.recipe["words"].startswith(
        "1 individually chosen galaxy; saved while the selection was: "
        "r-band magnitude between 15 and 16 mag"
    )
    selected = recipe_json.from_json(made.recipe["selection_when_saved"])
    assert (selected.physical["mag_r"].low, selected.physical["mag_r"].high) == (15, 16)


def test_pins_join_a_subset_as_another_one(con, pinned):
    page, names = pinned
    release = release_table.release(con, "small-demo")
    barred = Selection(limits={"bar_strong": (0.5, 1)}, rule="off")
    first = saved.save_selection(con, release, barred, name="Barred")
    page.run()
    page.selectbox(key="add_pins_to").set_value(first.subset_id).run()
    page.text_input(key="save_pins_name").set_value("Barred and odd")
    page.button(key="save_pins_save").click().run()
    assert not page.exception
    made = saved.subsets(con)[0]
    assert made.name == "Barred and odd"
    before = set(saved.members(con, first.subset_id))
    assert set(saved.members(con, made.subset_id)) == before | set(names)
    assert "“Barred”" in made.recipe["words"]


def test_pins_are_compared_by_any_question(con, pinned, morph_home):
    page, names = pinned
    page.button(key="compare_pins").click().run()
    assert not page.exception
    drawn = [html.body for html in page.get("html")]
    (cards,) = [body for body in drawn if body.startswith('<div class="compared">')]
    assert all(name in cards for name in names)
    assert cards.count("<figure>") == 4
    release = release_table.release(con, "small-demo")
    folder = morph_home / "releases" / "small-demo"
    found = galaxy(con, release, names[0], folder=folder)
    one = found.questions[0].answers[0]
    assert f"<b>{one.probability:.2f}</b>" in cards


def test_pins_are_examples_to_look_for(con, pinned):
    page, names = pinned
    page.button(key="similar_to_pins").click().run()
    path, query = sent(page)
    assert (path, query["like"]) == ("similar", names)


def test_pins_are_downloaded_and_nothing_else(con, pinned):
    page, names = pinned
    assert any(b.proto.label == "Download" for b in page.get("download_button"))
    here = page.session_state["here"]
    data = download_files.file_of(here, "parquet", "basic", only=names)()
    table = pq.read_table(io.BytesIO(data))
    assert sorted(table["iauname"].to_pylist()) == sorted(names)
    metadata = table.schema.metadata[b"selection"].decode()
    assert "4 of these were chosen individually" in metadata


def test_the_browser_gives_pins_back_to_a_new_session(con, dashboard):
    page = opened(dashboard, "explore/explore.py")
    (keeper,) = components(page, "pin_keeper")
    assert keeper == {"pins": None, "person": None}
    page.session_state["pins"] = ("J1",)
    (keeper,) = components(page.run(), "pin_keeper")
    assert keeper == {"pins": ["J1"], "person": None}


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (["J1", "J2", "J1"], ("J1", "J2")),
        (["J1", 2, None, "", "x" * 81, {"a": 1}], ("J1",)),
        ([f"J{n}" for n in range(99)], tuple(f"J{n}" for n in range(pins.MOST))),
        ("J1", ()),
        (None, ()),
    ],
)
def test_what_the_browser_says_was_pinned_is_not_trusted(monkeypatch, found, kept):
    monkeypatch.setattr(pins.st, "session_state", {})
    pins.restore(found)
    assert pins.pinned() == kept
    pins.restore(["J9"])
    assert pins.pinned() == (kept or ("J9",))
