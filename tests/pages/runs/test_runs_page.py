"""Runs: started, watched, cancelled and loaded from the page, never silently."""

import os
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from morph.atomic import write_json
from morph.catalogue import release_table
from morph.errors import CatalogueHeld, MorphError
from morph.figures import evaluation_figures
from morph.release.folder import read_manifest, write_release
from morph.release.packed import pack
from morph.runs import lifecycle, slots
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, list_runs, read_run
from morph.runs.run_files import append_event
from pages.common.server import database, loads, loads_shown, who_may
from pages.runs import all_runs, load_release, new_run_form, run_cards, run_draft
from tests.morph.report.judged_run import write_run
from tests.pages.opening import opened, said, toasts

PATH = "runs/runs.py"
COUNTING = (sys.executable, "-m", "tests.morph.runs.counting_run")
SHORT = {"kind": "adapt", "stages": ["fit", "release"], "steps": 1}


def wait_for_state(folder: Path, *states: str) -> None:
    end = time.monotonic() + 30
    while read_run(folder).state not in states:
        assert time.monotonic() < end, read_run(folder)
        time.sleep(0.05)


def finished(root: Path, run_id: str, config: dict) -> Path:
    folder = create_run(root, run_id, config)
    lifecycle.start_run(folder, command=COUNTING)
    wait_for_state(folder, "finished")
    return folder


def wait_for(condition) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Short loads have ended when the page is drawn, however slow the machine is."""
    monkeypatch.setattr(loads, "PATIENCE_S", 60)


@pytest.fixture
def demo_runs(empty_home, monkeypatch):
    """A finished source run and adaptation; new runs count instead of training."""
    start = partial(lifecycle.start_run, command=COUNTING)
    finished(empty_home, "demo-source", SHORT)
    finished(empty_home, "demo-adapted", SHORT | {"release": {"release_id": "demo"}})
    monkeypatch.setattr(lifecycle, "start_run", start)
    yield empty_home
    for run in list_runs(empty_home):
        if run.active:
            stop_run(run.folder)


@pytest.fixture
def four(empty_home):
    """Four ended runs: name, kind, state, loss and mean error."""
    for number, (name, kind, state, loss, rmse) in enumerate(
        (
            ("one", "source", "finished", 3.0, 0.2),
            ("two", "adapt", "failed", 1.0, None),
            ("three", "adapt", "finished", 2.0, 0.1),
            ("four", "predict", "cancelled", None, 0.3),
        )
    ):
        release = {"release_id": f"made-by-{name}"}
        folder = create_run(empty_home, name, {"kind": kind, "release": release})
        created = 1e9 + 60 * number
        os.utime(folder / "config.json", (created, created))
        write_json(folder / "status.json", {"state": state})
        if loss is not None:
            append_event(folder, "epoch", fit="a", epoch=1, loss=loss)
        if rmse is not None:
            write_json(folder / "evaluation.json", {"mean_rmse": rmse})
    return empty_home


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ({}, ["four", "three", "two", "one"]),
        ({"runs_sort": "Oldest first"}, ["one", "two", "three", "four"]),
        ({"runs_sort": "Name"}, ["four", "one", "three", "two"]),
        ({"runs_sort": "Lowest loss"}, ["two", "three", "one", "four"]),
        ({"runs_sort": "Lowest error"}, ["three", "one", "four", "two"]),
        ({"runs_search": " TWO"}, ["two"]),
        ({"runs_search": "made-by-t"}, ["three", "two"]),
        ({"runs_search": "("}, []),
        ({"runs_kinds": "Prediction"}, ["four"]),
        ({"runs_states": ["Finished", "Failed"]}, ["three", "two", "one"]),
        (
            {
                "runs_kinds": "Adaptation to another survey",
                "runs_states": "Finished",
                "runs_search": "t",
            },
            ["three"],
        ),
        ({"runs_sort": "odd", "runs_kinds": "odd"}, ["four", "three", "two", "one"]),
    ],
)
def test_the_address_says_which_runs_are_listed_and_in_which_order(
    four, dashboard, address, names
):
    page = opened(dashboard, PATH, address)
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table["run"]) == names
    assert {"minutes", "loss", "rmse", "model_run", "release"} <= set(table)
    assert f"{len(names)} of 4 runs" in said(page)


def test_runs_are_searched_and_sorted(four, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="runs_search").set_value("t").run()
    page.selectbox(key="runs_sort").set_value("Name").run()
    assert list(page.dataframe[0].value["run"]) == ["three", "two"]


def test_a_new_home_says_how_to_begin(empty_home, dashboard):
    page = opened(dashboard, PATH)
    assert "No runs yet. Start one under New run" in page.info[0].value


def test_a_run_is_watched_and_cancelled(demo_runs, dashboard):
    folder = create_run(demo_runs, "long", SHORT | {"steps": 600})
    lifecycle.start_run(folder)
    wait_for_state(folder, "running")
    page = opened(dashboard, PATH)
    assert "**long**" in {m.value for m in page.markdown}
    page.button(key="cancel_long").click().run()
    wait_for_state(folder, "cancelled")
    page = opened(dashboard, PATH, {"run": "long"})
    assert not page.exception
    assert page.button(key="start_long").label == "Start again"


def test_a_run_that_is_silent_for_a_minute_says_so(demo_runs, dashboard, monkeypatch):
    folder = create_run(demo_runs, "long", SHORT | {"steps": 600})
    lifecycle.start_run(folder)
    wait_for_state(folder, "running")
    monkeypatch.setattr(lifecycle, "silent_s", lambda run: 75.0)
    page = opened(dashboard, PATH)
    assert "No update for 75 s" in page.warning[0].value


def test_waiting_runs_can_change_places(demo_runs, dashboard):
    for name in ("first", "second", "third"):
        folder = create_run(demo_runs, name, SHORT | {"steps": 600})
        lifecycle.start_run(folder)
        state = "running" if name == "first" else "queued"
        wait_for(lambda f=folder, s=state: read_run(f).state == s)
        if state == "queued":
            wait_for(lambda n=name: n in slots.queue(demo_runs / "runs"))
    page = opened(dashboard, PATH)
    assert "2 of 2 waiting" in said(page)
    page.button(key="up_third").click().run()
    assert slots.queue(demo_runs / "runs") == ["third", "second"]


def test_a_deleted_run_is_in_the_bin_until_it_is_restored(demo_runs, dashboard):
    page = opened(dashboard, PATH, {"run": "demo-source"})
    run_cards.run_bin.delete(demo_runs, "demo-source")
    page.run()
    assert "demo-source" not in {run.run_id for run in list_runs(demo_runs)}
    page.button(key="restore_1_demo-source").click().run()
    assert "demo-source" in {run.run_id for run in list_runs(demo_runs)}
    assert not page.exception


@pytest.fixture
def two_with_releases(demo_runs, written_home):
    """Both runs have made a release, which nobody has loaded."""
    source = written_home / "releases" / "small-demo"
    for run in ("demo-source", "demo-adapted"):
        write_release(
            demo_runs / "runs" / run / "release",
            replace(read_manifest(source), release_id=run, files={}),
            pd.read_parquet(source / "galaxies.parquet"),
            pd.read_parquet(source / "posteriors.parquet"),
        )
    return demo_runs


def listed(page) -> set[str]:
    """The runs in the table."""
    return set(page.dataframe[0].value["run"])


BOTH = {"demo-source", "demo-adapted"}


def test_all_runs_are_shown_while_another_process_holds_the_catalogue(
    two_with_releases, dashboard, monkeypatch
):
    def held(root):
        raise CatalogueHeld("the catalogue is open in python (process 7); close that")

    monkeypatch.setattr(load_release.database, "cursor", held)
    page = opened(dashboard, PATH)
    assert not page.exception
    assert listed(page) == BOTH
    held_by = "The catalogue is open in python (process 7); close that"
    assert [one.value for one in page.warning] == [held_by]


def test_a_run_whose_release_cannot_be_read_hides_no_other(
    two_with_releases, dashboard
):
    folder = two_with_releases / "runs" / "demo-adapted" / "release"
    (folder / "manifest.json").write_text("{")
    page = opened(dashboard, PATH, {"run": "demo-adapted"})
    assert not page.exception
    assert listed(page) == BOTH
    assert "manifest.json cannot be read" in page.warning[0].value


def test_a_failed_run_shows_why_and_its_last_lines(empty_home, dashboard):
    folder = create_run(empty_home, "broken", SHORT | {"fails_in": "fit"})
    lifecycle.start_run(folder, command=COUNTING)
    wait_for_state(folder, "failed")
    page = opened(dashboard, PATH)
    assert "the stage was told to fail" in page.error[0].value
    assert any("ValueError" in code.value for code in page.code)


def test_a_judged_run_shows_its_plots_report_and_card(empty_home, dashboard):
    folder = write_run(empty_home)
    (folder / "report.html").write_text("plots")
    page = opened(dashboard, PATH)
    links = {b.proto.label: b.proto.url for b in page.get("link_button")}
    assert links == {"Report": "/run/judged-run/report.html"}
    assert not page.get("plotly_chart")  # drawn when they are asked for
    page.session_state["plots_judged-run"] = True
    page.run()
    choice = page.selectbox(key="plot_judged-run")
    assert choice.options[:2] == ["Training loss", "Errors of vote fractions"]
    choice.set_value("errors").run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    assert "Predicted against true fractions" in said(page)
    assert page.dataframe[0].value["n"].tolist() == [40] * 10


def test_an_evaluation_that_cannot_be_read_is_said(empty_home, dashboard):
    folder = write_run(empty_home)
    (folder / "evaluation.json").write_text("{")
    page = opened(dashboard, PATH)
    page.session_state["plots_judged-run"] = True
    page.run()
    assert not page.exception
    assert "evaluation.json cannot be read" in page.error[0].value


def test_a_broken_folder_does_not_take_the_page_down(empty_home, dashboard):
    (empty_home / "runs" / "scrap").mkdir(parents=True)
    (empty_home / "runs" / "scrap" / "config.json").write_text("{")
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "**scrap**" in [m.value for m in page.markdown]


@pytest.mark.parametrize("outcome", ["adapted", "refused"])
def test_what_an_adaptation_was_judged_to_be_is_said(empty_home, dashboard, outcome):
    folder = finished(empty_home, "judged", SHORT)
    sentence = "the adaptation was judged (0.1 before, 0.2 after)"
    alarms = ["Bar: 98% say No bar, 30% over the source"]
    chosen = {"outcome": outcome, "sentence": sentence, "adapted": {"alarms": alarms}}
    write_json(folder / "choice.json", chosen)
    page = opened(dashboard, PATH)
    assert not page.exception
    shown = page.warning if outcome == "refused" else page.caption
    assert any("The adaptation was judged" in one.value for one in shown)
    assert any(alarms[0] in one.value for one in page.markdown)


def test_a_choice_that_cannot_be_read_is_said(empty_home, dashboard):
    folder = finished(empty_home, "judged", SHORT)
    (folder / "choice.json").write_text("[")
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "choice.json cannot be read" in page.error[0].value


def test_a_finished_run_is_loaded_only_when_somebody_says_so(
    demo_runs, written_home, dashboard
):
    source = written_home / "releases" / "small-demo"
    write_release(
        demo_runs / "runs" / "demo-adapted" / "release",
        replace(read_manifest(source), release_id="demo", files={}),
        pd.read_parquet(source / "galaxies.parquet"),
        pd.read_parquet(source / "posteriors.parquet"),
    )
    database.load_new_releases(demo_runs)
    page = opened(dashboard, PATH, {"run": "demo-adapted"})
    assert not page.exception
    page.session_state["offer_demo-adapted"] = True  # the popover is opened
    page.run()
    offer = page.button(key="load_demo-adapted")
    assert offer.label == "Load 300 galaxies"
    with database.cursor(demo_runs) as con:
        assert release_table.releases(con) == []
    offer.click().run()
    assert "Loaded 300 galaxies of demo" in toasts(page)[0]
    with database.cursor(demo_runs) as con:
        assert [r.release_id for r in release_table.releases(con)] == ["demo"]
    table = page.dataframe[0].value.set_index("run")
    assert table.loc["demo-adapted", "state"] == "Loaded"
    assert page.button(key="unload_demo").label == "Undo loading"
    page.button(key="unload_demo").click().run()
    with database.cursor(demo_runs) as con:
        assert release_table.releases(con) == []
    assert not (demo_runs / "releases" / "demo").exists()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("release/manifest.json", '{"release_id": "x'),
        ("release/manifest.json", "[" * 100_000),
        ("choice.json", '{"outcome": [], "adapted": 7}'),
        ("choice.json", '{"adapted": {"alarms": 5}}'),
        ("config.json", '{"kind": ["source"]}'),
        ("events.jsonl", '{"event": "epoch", "epoch": "x", "loss": {}}\n'),
        ("events.jsonl", '{"event": "epoch", "fit": ["a"], "epoch": 1, "loss": 1}\n'),
    ],
)
def test_cards_after_a_run_with_odd_files_are_drawn(demo_runs, dashboard, file, text):
    odd = finished(demo_runs, "zz-odd", SHORT)  # the newest: the first card
    (odd / "release").mkdir(exist_ok=True)
    (odd / file).write_text(text)
    page = opened(dashboard, PATH)
    assert not page.exception
    assert listed(page) == {*BOTH, "zz-odd"}
    assert any("zz-odd" in text for text in [m.value for m in page.markdown])


def test_the_tab_names_a_run_that_has_ended(demo_runs, dashboard, monkeypatch):
    titles = []
    config = all_runs.st.set_page_config
    monkeypatch.setattr(
        all_runs.st,
        "set_page_config",
        lambda **given: titles.append(given.get("page_title")) or config(**given),
    )
    page = opened(dashboard, PATH)
    page.session_state["runs_ended"] = ["demo-source"]
    page.run()
    assert "demo-source finished · morph" in titles
    titles.clear()
    page.run()
    assert not any("demo-source" in str(title) for title in titles)


def test_an_odd_run_is_logged_once_however_often_its_card_is_drawn(
    demo_runs, dashboard
):
    (demo_runs / "runs" / "demo-source" / "choice.json").write_text(
        '{"adapted": {"alarms": 5}}'
    )
    page = opened(dashboard, PATH, {"run": "demo-source"})
    warnings = {warning.value for warning in page.warning}
    assert {warning.value for warning in page.run().warning} == warnings != set()
    log = (demo_runs / "errors.log").read_text()
    assert log.count("card of the run demo-source") == 1


def test_an_uploaded_release_is_loaded(empty_home, written_home, dashboard, tmp_path):
    path = pack(written_home / "releases" / "small-demo", tmp_path)
    page = opened(dashboard, PATH)
    (uploader,) = page.get("file_uploader")
    uploader.upload(path.name, path.read_bytes(), "application/zip").run()
    assert "Loaded 300 galaxies of small-demo" in toasts(page)[0]
    with database.cursor(empty_home) as con:
        assert [r.release_id for r in release_table.releases(con)] == ["small-demo"]


@pytest.fixture
def slow_load(two_with_releases, monkeypatch):
    """Loads that wait to be let go on, and tell of two of their steps before."""
    monkeypatch.setattr(loads, "PATIENCE_S", 0)
    go_on, told = threading.Event(), threading.Event()

    def slowly(root, release_id, tell):
        tell("Checking files", 0, 10**6)
        tell("Loading galaxies", 75, 300)
        told.set()
        assert go_on.wait(60)
        return "Loaded it"

    monkeypatch.setattr(loads_shown, "load_published", slowly)
    yield go_on, told
    go_on.set()
    wait_for(lambda: not loads.names())


def test_a_load_shows_its_step_and_how_far_it_is(
    two_with_releases, slow_load, dashboard
):
    go_on, told = slow_load
    page = opened(dashboard, PATH, {"run": "demo-adapted"})
    page.session_state["offer_demo-adapted"] = True
    page.run()
    page.button(key="load_demo-adapted").click().run()
    assert told.wait(60)
    page.run()
    (bar,) = page.get("progress")
    assert bar.proto.text == "81% · Step 4 of 4: loading galaxies · 75 of 300"
    assert not [b for b in page.button if b.key == "load_demo-adapted"]
    go_on.set()
    wait_for(lambda: not loads.names())
    page.run()
    assert toasts(page) == ["Loaded it"] and not page.get("progress")
    assert not page.run().exception and not page.get("progress")


def test_a_load_that_is_refused_later_says_why(
    two_with_releases, slow_load, dashboard, monkeypatch
):
    def refused(root, release_id, tell):
        raise MorphError("it is damaged")

    monkeypatch.setattr(loads_shown, "load_published", refused)
    page = opened(dashboard, PATH, {"run": "demo-adapted"})
    page.session_state["offer_demo-adapted"] = True
    page.run()
    page.button(key="load_demo-adapted").click().run()
    wait_for(lambda: not loads.names())
    page.run()
    assert "It is damaged" in toasts(page)
    assert "It is damaged" in [error.value for error in page.error]
    root = two_with_releases
    states = all_runs.states_in_words(root, list_runs(root))
    assert (states["demo-adapted"], states["demo-source"]) == (
        "Load failed",
        "Finished",
    )
    monkeypatch.setattr(loads, "_loads", {})  # as after a restart
    again = opened(dashboard, PATH, {"run": "demo-adapted"})
    assert "It is damaged" in [error.value for error in again.error]
    loaded = lambda root, release_id, tell: "Loaded it"  # noqa: E731
    monkeypatch.setattr(loads_shown, "load_published", loaded)
    (run,) = (one for one in list_runs(root) if one.run_id == "demo-adapted")
    loads_shown._published(run, root, lambda what, done, total: None)
    assert all_runs.states_in_words(root, list_runs(root))["demo-adapted"] == "Finished"


def test_a_file_that_is_no_packed_release_is_refused(empty_home, dashboard):
    page = opened(dashboard, PATH)
    (uploader,) = page.get("file_uploader")
    uploader.upload("x.zip", b"no archive", "application/zip").run()
    assert not page.exception
    assert "x.zip is not a packed release" in toasts(page)[0]


def test_visitors_of_a_shared_dashboard_see_runs_and_change_none(
    demo_runs, dashboard, monkeypatch
):
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "you are a visitor")
    page = opened(dashboard, PATH, {"run": "demo-source"})
    assert listed(page) == BOTH
    page.session_state["delete_demo-source"] = True
    page.run()
    assert page.button(key="bin_demo-source").disabled
    page.session_state["runs_view"] = "New run"
    page.run()
    assert page.button(key="start_new").disabled
    new_run_form.start(demo_runs, "made", {})
    assert not (demo_runs / "runs" / "made").exists()


def test_curves_are_drawn_once_until_a_result_is_added(
    demo_runs, dashboard, monkeypatch
):
    folder = create_run(demo_runs, "long", SHORT | {"steps": 600})
    lifecycle.start_run(folder)
    wait_for_state(folder, "running")
    drawn = []
    losses = evaluation_figures.losses

    def counted(epochs):
        drawn.append(len(epochs))
        return losses(epochs)

    monkeypatch.setattr(evaluation_figures, "losses", counted)
    append_event(folder, "epoch", fit="source", epoch=1, loss=2.0)
    page = opened(dashboard, PATH)
    assert not page.run().exception and drawn == [1]
    append_event(folder, "epoch", fit="source", epoch=2, loss=1.0)
    assert not page.run().exception and drawn == [1, 2]


def test_a_download_is_neither_copied_nor_plotted(empty_home, dashboard):
    catalogue = {"title": "x", "kind": "votes", "name": "x", "record": 1}
    config = {"kind": "download", "catalogue": catalogue}
    create_run(empty_home, "downloading", config | {"release": {"release_id": "x"}})
    page = opened(dashboard, "runs/runs.py")
    assert not page.exception
    labels = [one.label for one in page.button]
    assert "Start" in labels and "Duplicate and change" not in labels
    assert "Plots" not in [one.label for one in page.expander]
    assert not any(
        "downloading" in one for one in run_draft.starts(list_runs(empty_home))
    )


def test_a_linked_run_shows_nothing_of_where_it_leads(
    empty_home, dashboard, tmp_path_factory
):
    outside = create_run(tmp_path_factory.mktemp("other"), "secret", SHORT)
    append_event(outside, "epoch", fit="a", epoch=1, loss=2.0)
    write_json(outside / "evaluation.json", {"mean_rmse": 0.1})
    (outside / "log.txt").write_text("a secret line\n")
    (empty_home / "runs").mkdir()
    (empty_home / "runs" / "linked").symlink_to(outside)
    page = opened(dashboard, PATH, {"run": "linked"})
    row = page.dataframe[0].value.iloc[0]
    assert (
        row["state"] == "Unreadable" and pd.isna(row["loss"]) and pd.isna(row["rmse"])
    )
    assert "is a link; copy its target instead" in page.error[0].value
    assert not page.code and not page.get("plotly_chart")


def test_an_odd_kind_of_run_is_an_unknown_one(empty_home, dashboard):
    create_run(empty_home, "odd", {"kind": ["source"]})
    page = opened(dashboard, PATH)
    assert not page.exception and "Unknown kind of run" in said(page)


def test_times_of_which_one_has_no_time_zone_are_no_duration(empty_home, dashboard):
    folder = create_run(empty_home, "odd", {"kind": "source"})
    times = {"started": "2026-11-28T09:30:00", "finished": "2026-11-28T09:40:00+00:00"}
    write_json(folder / "status.json", {"state": "finished"} | times)
    page = opened(dashboard, PATH)
    assert not page.exception
    assert page.dataframe[0].value["minutes"].isna().all()


@pytest.mark.parametrize("view", ["All runs", "New run", "Compare", "Lineage"])
def test_a_runs_folder_that_is_none_is_said(empty_home, dashboard, view):
    (empty_home / "runs").write_text("a file")
    page = opened(dashboard, PATH, {"runs_view": view})
    assert not page.exception
    assert "runs cannot be read (Not a directory)" in page.error[0].value


@pytest.mark.parametrize(
    ("view", "text"),
    [
        ("New run", "There are no images to use yet"),
        ("Compare", "There are no runs yet; a comparison needs two"),
        ("Lineage", "No runs yet."),
    ],
)
def test_every_view_of_an_empty_home_says_how_to_go_on(
    empty_home, dashboard, view, text
):
    page = opened(dashboard, PATH, {"runs_view": view})
    assert not page.exception and text in page.info[0].value


def test_one_run_has_none_to_be_compared_with_and_no_lineage(empty_home, dashboard):
    create_run(empty_home, "one", {"kind": "source"})
    page = opened(dashboard, PATH, {"runs_view": "Compare"})
    assert "There is only one run; a comparison needs two" in page.info[0].value
    page.session_state["runs_view"] = "Lineage"
    page.run()
    assert page.info[0].value == "No run names a store, model or release."


def test_a_release_that_no_run_has_written_is_planned(two_with_releases, dashboard):
    failed = {"kind": "adapt", "release": {"release_id": "never"}}
    create_run(two_with_releases, "failed", failed)
    parent = {"kind": "features", "parent": "gone", "release": {"release_id": "demo"}}
    create_run(two_with_releases, "with-map", parent)
    page = opened(dashboard, PATH, {"runs_view": "Lineage"})
    (chart,) = page.get("graphviz_chart")
    absent = {
        line.split("[")[0].strip(' "'): line.split('"')[3]
        for line in chart.proto.spec.split(";")
        if "style=dashed" in line
    }
    assert absent == {
        "release:never": "never (planned)",
        "release:gone": "gone (missing)",
    }
    assert '"release:demo" [label="demo", shape=folder, URL=' in chart.proto.spec
    assert "Dashed releases are planned, or missing." in page.caption[-1].value


def test_stopping_a_run_says_what_is_lost_and_who_waits_for_it(demo_runs, dashboard):
    source = create_run(demo_runs, "source", SHORT | {"steps": 600})
    lifecycle.start_run(source)
    wait_for_state(source, "running")
    adapted = create_run(demo_runs, "adapted", SHORT | {"model_run": "source"})
    lifecycle.start_run(adapted)
    wait_for(lambda: "waiting for the model" in read_run(adapted).message)
    page = opened(dashboard, PATH)
    text = " ".join(one.value for one in page.markdown)
    assert "what it has done since is lost. adapted, which waits for its model" in text
    assert text.count("ends too") == 1


def cards_alone(root, states, view):
    """The cards, as their fragment draws them again."""
    import streamlit

    from pages.runs import all_runs

    streamlit.session_state["runs_view"] = view
    all_runs.cards(root, None, states)
    streamlit.write("the cards are drawn")


FINISHED = {"demo-source": "Finished", "demo-adapted": "Finished"}


@pytest.mark.parametrize(
    ("states", "view", "whole"),
    [
        (FINISHED, "All runs", False),
        (FINISHED, "New run", True),
        (FINISHED | {"demo-source": "Loaded"}, "All runs", True),
        (FINISHED | {"demo-source": "Queued"}, "All runs", True),
        (FINISHED | {"deleted": "Finished"}, "All runs", True),
    ],
)
def test_the_cards_draw_the_whole_page_for_another_view_or_table(
    demo_runs, monkeypatch, states, view, whole
):
    reruns = []

    def rerun():
        reruns.append(view)
        all_runs.st.stop()

    monkeypatch.setattr(all_runs.st, "rerun", rerun)
    given = {"root": demo_runs, "states": states, "view": view}
    page = AppTest.from_function(cards_alone, kwargs=given).run(timeout=60)
    assert not page.exception
    drawn = "the cards are drawn" in [one.value for one in page.markdown]
    assert (len(reruns), drawn) == ((1, False) if whole else (0, True))


def test_a_copy_is_in_the_address(demo_runs, dashboard):
    page = opened(dashboard, PATH, {"run": "demo-source"})
    page.button(key="copy_demo-source").click().run()
    assert page.session_state["runs_view"] == "New run"
    assert page.query_params["new"] == "Copy of demo-source"


def test_the_bin_is_emptied_in_two_steps(demo_runs, dashboard):
    run_cards.run_bin.delete(demo_runs, "demo-source")
    page = opened(dashboard, PATH)
    text = " ".join(one.value for one in page.markdown)
    assert "Delete 1 run (" in text and "for good?" in text
    page.button(key="empty_bin").click().run()
    assert run_cards.run_bin.in_bin(demo_runs) == []
    assert "Freed" in toasts(page)[0]


def test_a_finished_download_of_cutouts_says_what_is_in_its_store(
    empty_home, dashboard
):
    folder = create_run(empty_home, "mine", {"kind": "cutouts", "store": "mine"})
    write_json(folder / "status.json", {"state": "finished"})
    counts = {"stored": 28, "no image": 2, "failed": 0}
    write_json(folder / "result.json", {"store": "mine", "counts": counts})
    page = opened(dashboard, PATH, {"run": "mine"})
    assert not page.exception
    assert "Cutout store mine: stored 28, no image 2" in said(page)
