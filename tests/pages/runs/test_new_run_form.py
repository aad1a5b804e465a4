"""The form of a new run: fields, JSON, what is wrong, and the start."""

import json
import os

import pytest
from streamlit.testing.v1 import AppTest

from morph.atomic import write_json
from morph.errors import RunError
from morph.new_run.ingredients import ingredients
from morph.new_run.presets import PRESETS
from morph.runs import bin as run_bin
from morph.runs import lifecycle
from morph.runs.lifecycle import create_run, list_runs, read_run
from morph.runs.run_files import LOCK, STATUS, take_lock
from pages.runs import new_run_form, run_draft, where_it_runs
from tests.morph.new_run.small_home import fill, fill_demonstration, store
from tests.pages.conftest import SHELL
from tests.pages.opening import component, opened, toasts

PATH = "runs/runs.py"

NEW = {"runs_view": "New run"}


@pytest.fixture
def home(empty_home, monkeypatch):
    """Stores with and without votes; a run that is started finishes at once."""
    fill(empty_home)

    def start(folder):
        write_json(folder / STATUS, {"state": "finished"})

    monkeypatch.setattr(lifecycle, "start_run", start)
    return empty_home


def draft(page) -> dict:
    return json.loads(component(page, "json_editor")["text"])


def shown(page) -> str:
    return " ".join(one.value for one in page.markdown)


def key(page, path: str) -> str:
    return f"set_{page.session_state['draft_version']}_{path}"


def test_the_smoke_test_can_be_started_at_once(home, dashboard):
    page = opened(dashboard, PATH, NEW)
    assert not page.exception
    assert draft(page)["stores"] == ["decals"]
    assert draft(page)["release"]["release_id"] == "smoke-test-1"
    button = page.button(key="start_new")
    assert not button.disabled
    unknown = "**Expected time** unknown: no similar run has finished here"
    assert unknown in [one.value for one in page.markdown]
    button.click().run()
    assert "smoke-1 is starting" in toasts(page)[0]
    assert page.session_state["runs_view"] == "All runs"
    assert read_run(home / "runs" / "smoke-1").config["first"] == 256


def test_a_field_changes_the_json_and_the_differences(home, dashboard):
    page = opened(dashboard, PATH, NEW | {"new": "Source model"})
    assert "fit" not in draft(page)
    page.number_input(key=key(page, "fit.epochs")).set_value(7).run()
    assert draft(page)["fit"] == {"epochs": 7}
    table = page.dataframe[-1].value
    assert table[["Setting", "Before", "Now"]].values.tolist() == [
        ["fit.epochs", "default", "7"]
    ]
    page.number_input(key=key(page, "fit.epochs")).set_value(20).run()
    assert "fit" not in draft(page)  # the default again


def test_a_wrong_value_is_refused_beside_its_field(home, dashboard):
    page = opened(dashboard, PATH, NEW | {"new": "Source model"})
    page.number_input(key=key(page, "fit.epochs")).set_value(0).run()
    assert "fit.epochs is 0; expected a value from 1 to 10000" in shown(page)
    assert page.button(key="start_new").disabled
    assert "1 setting is missing or wrong." in shown(page)


def test_the_input_of_the_encoder_is_checked_as_a_whole(home, dashboard):
    """Numbers are typed with commas; what contradicts is said in its group."""
    page = opened(dashboard, PATH, NEW | {"new": "Source model"})
    mean = key(page, "model.input.mean")
    page.text_input(key=mean).set_value("0.1, 0.2, 0.3").run()
    assert draft(page)["model"]["input"]["mean"] == [0.1, 0.2, 0.3]
    assert page.text_input(key=mean).value == "0.1, 0.2, 0.3"
    assert shown(page).count("give both with") == 2  # in the group, and the JSON
    page.text_input(key=mean).set_value("").run()
    assert "model" not in draft(page)
    page.text_input(key=mean).set_value("a, b").run()
    assert "expected a list with" in shown(page)


def test_images_of_another_size_are_refused_beside_the_release(home, dashboard):
    store(home, "large", votes=True, size=16)
    page = opened(dashboard, PATH, NEW)
    page.multiselect(key=key(page, "stores")).set_value(["large"]).run()
    assert "release.stores is 'decals', with cutouts of 8 pixels" in shown(page)
    assert page.button(key="start_new").disabled


def test_typed_json_sets_the_fields(home, dashboard):
    page = opened(dashboard, PATH, NEW | {"new": "Source model"})
    typed = {"kind": "source", "stores": ["decals"], "seed": 3}
    link = NEW | {"new": "Source model", "draft": json.dumps(typed)}
    page = opened(page, PATH, link)
    assert draft(page) == typed
    assert page.number_input(key=key(page, "seed")).value == 3


def test_a_half_filled_form_survives_a_reload(home, dashboard):
    page = opened(dashboard, PATH, NEW | {"new": "Source model"})
    page.number_input(key=key(page, "seed")).set_value(5).run()
    kept = page.query_params["draft"]
    assert json.loads(kept[0] if isinstance(kept, list) else kept)["seed"] == 5


def test_a_draft_that_was_started_leaves_the_address(home, dashboard):
    page = opened(dashboard, PATH, NEW)
    page.number_input(key=key(page, "seed")).set_value(5).run()
    assert "draft" in page.query_params
    page.button(key="start_new").click().run()
    assert page.session_state["runs_view"] == "All runs"
    assert "draft" not in page.query_params
    page.session_state["runs_view"] = "New run"
    page.run()
    assert "draft" not in page.query_params and "seed" not in draft(page)


def test_what_is_typed_wrongly_stays_and_is_not_used(home, dashboard):
    page = opened(dashboard, PATH, NEW)
    before = draft(page)
    page.session_state["draft_text"] = '{"kind": '
    page.run()
    assert component(page, "json_editor")["text"] == '{"kind": '
    assert "This is not JSON" in shown(page)
    assert page.button(key="start_new").disabled
    assert page.session_state["draft_config"] == before


def test_a_run_can_be_copied_and_changed(home, dashboard):
    page = opened(dashboard, PATH, NEW)
    page.button(key="start_new").click().run()
    page.button(key="copy_smoke-1").click().run()
    assert page.session_state["new"] == "Copy of smoke-1"
    assert draft(page)["release"]["release_id"] != "smoke-test-1"
    assert draft(page)["fit"] == {"epochs": 2}


def test_a_taken_name_is_refused(home, dashboard):
    lifecycle.create_run(home, "mine", {"kind": "source", "stores": ["decals"]})
    page = opened(dashboard, PATH, NEW)
    page.text_input(key="new_name").set_value("mine").run()
    assert "there is already a run 'mine'; choose another name" in shown(page)
    assert page.button(key="start_new").disabled


def test_without_stores_the_form_says_what_is_missing(empty_home, dashboard):
    page = opened(dashboard, PATH, NEW)
    assert not page.exception
    assert page.button(key="start_new").disabled
    assert r"stores is \[\]; expected a list with at least one entry" in shown(page)


def test_two_presses_of_start_make_one_run(home, dashboard):
    page, other = opened(dashboard, PATH, NEW), AppTest.from_file(SHELL)
    other = opened(other, PATH, NEW)
    page.button(key="start_new").click().run()
    other.button(key="start_new").click().run()
    assert "There is already a run 'smoke-1'; choose another name" in toasts(other)
    assert [run.run_id for run in list_runs(home)] == ["smoke-1"]


@pytest.mark.parametrize(
    "config",
    [
        {"kind": "source", "stores": 7},
        {"kind": "source", "stores": "decals"},
        {"kind": "source", "stores": [["decals"], "decals", "decals"]},
        {"kind": "source", "stores": ["decals"], "seed": 10**30},
        {"kind": "source", "stores": ["decals"], "held_out": float("nan")},
        {"kind": "source", "stores": ["decals"], "held_out": 1e300},
        {"kind": "source", "stores": ["decals"], "fit": "long"},
        {"kind": "source", "stores": ["decals"], "fit": {"schedule": ["a"]}},
        {"kind": "source", "stores": ["decals"], "calibrate": "yes"},
        {"kind": "source", "stores": ["decals"], "release": 3},
        {"kind": "source", "stores": ["decals"], "release": {"release_id": {}}},
        {"kind": "adapt", "method": 5},
        {"kind": "features", "encoder": {"encoder": 1}},
        {"kind": ["source"]},
        {"kind": "<script>alert(1)</script>"},
        {},
    ],
)
def test_an_odd_draft_is_refused_and_not_an_error(home, dashboard, config):
    link = NEW | {"new": "Source model", "draft": json.dumps(config)}
    page = opened(dashboard, PATH, link)
    assert not page.exception
    assert page.button(key="start_new").disabled


def test_the_expected_time_is_worked_out_once(home, dashboard, monkeypatch):
    asked, read = [], []
    monkeypatch.setattr(
        new_run_form.expected, "expected_s", lambda *given: asked.append(given) or 3.0
    )
    read_config = new_run_form.read_config
    monkeypatch.setattr(
        new_run_form,
        "read_config",
        lambda value: read.append(value) or read_config(value),
    )
    page = opened(dashboard, PATH, NEW)
    assert "3 s" in shown(page) and not page.button(key="start_new").disabled
    assert (len(asked), len(read)) == (1, 1)


GONE = "There is no run there to copy; it may be in the bin."


def test_a_copy_of_a_run_that_is_gone_is_said(home, dashboard):
    create_run(home, "there", {"kind": "source", "stores": ["decals"]})
    page = opened(dashboard, PATH, NEW | {"new": "Copy of there"})
    assert not page.warning and draft(page)["stores"] == ["decals"]
    run_bin.delete(home, "there")
    page.run()
    assert [one.value for one in page.warning] == [GONE]
    assert not page.exception and page.selectbox(key="new").value == "Smoke test"
    assert draft(page)["first"] == 256


def test_a_link_to_a_copy_of_no_run_is_said(home, dashboard):
    page = opened(dashboard, PATH, NEW | {"new": "Copy of there"})
    assert [one.value for one in page.warning] == [GONE] and not page.exception


def test_a_draft_of_a_run_that_is_gone_is_refused(home):
    found = ingredients(home)
    with pytest.raises(RunError, match="no run 'gone' to copy"):
        run_draft.open_draft("Copy of gone", found, list_runs(home))


SCRATCH = NEW | {"new": "Demonstration from scratch"}


def test_one_press_fits_and_adapts_the_demonstration(home, dashboard, monkeypatch):
    fill_demonstration(home)
    started = []

    def start(folder):
        started.append(folder.name)

    monkeypatch.setattr(lifecycle, "start_run", start)
    page = opened(dashboard, PATH, SCRATCH)
    then = "**Then** demo-adapted-1, which waits for the model of this run"
    assert then in [one.value for one in page.markdown]
    page.button(key="start_new").click().run()
    assert started == ["demo-source-1", "demo-adapted-1"]
    assert "demo-source-1 and demo-adapted-1 are starting" in toasts(page)[0]
    adapted = read_run(home / "runs" / "demo-adapted-1").config
    assert adapted["model_run"] == "demo-source-1" and adapted["kind"] == "adapt"
    assert set(page.dataframe[0].value["run"]) == set(started)


def test_the_demonstration_needs_its_images(home, dashboard):
    page = opened(dashboard, PATH, SCRATCH)
    assert page.button(key="start_new").disabled
    assert "there is no cutout store of that name" in shown(page)


def test_a_run_that_would_wait_says_for_which(home, dashboard):
    folder = create_run(home, "fitting", {"kind": "source", "stores": ["decals"]})
    write_json(folder / STATUS, {"state": "running"})
    lock = take_lock(folder / LOCK)
    config = {
        "kind": "predict",
        "model_run": "fitting",
        "release": {"release_id": "r", "stores": ["bmz"]},
    }
    page = opened(dashboard, PATH, NEW | {"draft": json.dumps(config)})
    assert "**Waits for** the model of fitting" in shown(page)
    assert not page.button(key="start_new").disabled
    os.close(lock)


@pytest.mark.parametrize("preset", ["demonstration", "smoke"])
def test_a_job_of_slurm_waits_for_no_model(home, preset):
    fill_demonstration(home)
    found, chosen = ingredients(home), PRESETS[preset]
    planned = {"first": chosen.make(found)}
    where_it_runs.refuse_waiting(planned, found)
    if chosen.then is None:
        return
    planned["second"] = chosen.then(found, "first")
    with pytest.raises(RunError, match="cannot wait for the model of first"):
        where_it_runs.refuse_waiting(planned, found)
