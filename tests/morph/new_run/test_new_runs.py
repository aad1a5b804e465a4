"""What a new run can use, begins with and is refused for."""

import json
import os

import numpy as np
import pytest

from data.synthetic.release import synthetic_release
from morph.new_run import checks, expected
from morph.new_run.ingredients import ingredients, next_name
from morph.new_run.preset_configs import copied
from morph.new_run.presets import PRESETS
from morph.runs.config import KINDS, read_config
from morph.runs.config_parts import ImageConfig
from morph.runs.lifecycle import create_run
from morph.runs.run_files import (
    LOCK,
    SLURM,
    STATUS,
    append_event,
    read_events,
    take_lock,
)
from tests.morph.new_run.small_home import fill, fill_demonstration, model, store

SOURCE = {"kind": "source", "stores": ["decals"]}
RELEASED = {"release": {"release_id": "new", "stores": ["overlap"]}}
PREDICT = {
    "kind": "predict",
    "model_run": "fitted",
    "release": {"release_id": "new", "stores": ["bmz"]},
}


@pytest.fixture
def home(tmp_path):
    fill(tmp_path)
    model(tmp_path, "fitted")
    return tmp_path


def problems(home, config):
    return checks.problems_of(config, ingredients(home))


def test_stores_models_and_releases_are_found(home):
    found = ingredients(home)
    assert list(found.stores) == ["bmz", "decals", "overlap"]
    assert found.stores["overlap"].halves and not found.stores["bmz"].votes
    assert found.models["fitted"].stores == ("decals",)
    assert found.names("cutout store") == ["bmz", "decals", "overlap"]
    assert found.first_store(votes=True) == "decals"
    (home / "cutouts" / "bmz" / "manifest.json").write_text("{")
    assert list(ingredients(home).stores) == ["decals", "overlap"]


@pytest.mark.parametrize("preset", [p for p in PRESETS.values() if p.key != "features"])
def test_every_preset_can_be_started_where_its_parts_are_there(home, preset):
    model(home, "second")
    if preset.key == "demonstration":
        fill_demonstration(home)
    config = preset.make(ingredients(home))
    if preset.key == "adapt-pairs":  # needs galaxies that both surveys have imaged
        store(home, "twins-a", votes=False)
        config["pairs"] = {"source_stores": ["decals"], "target_stores": ["bmz"]}
    assert problems(home, config) == {}


def test_an_adaptation_is_evaluated_on_images_of_its_target_that_it_has_not_seen(home):
    found = ingredients(home)
    assert "evaluate" not in PRESETS["adapt-physical+"].make(found)  # none are of bmz
    store(home, "north", survey="bmz", votes=True, galaxies=10)
    config = PRESETS["adapt-physical+"].make(ingredients(home))
    assert config["target_stores"] == ["bmz"]
    assert config["evaluate"] == {"store": "north", "half": "all"}
    assert problems(home, config) == {}


def test_there_is_a_preset_of_each_kind_and_of_each_method(home):
    found = ingredients(home)
    made = [preset.make(found) for preset in PRESETS.values()]
    assert {config["kind"] for config in made} == set(KINDS)
    json.dumps(made)


def test_presets_of_an_empty_home_name_what_is_missing(tmp_path):
    for preset in PRESETS.values():
        assert problems(tmp_path, preset.make(ingredients(tmp_path))), preset.key


def test_a_copy_plans_a_release_of_another_name(home):
    create_run(home, "first", PREDICT)
    copy = copied(PREDICT, "first", ingredients(home))
    assert copy["release"]["release_id"] == "new-1"
    assert copied(SOURCE, "first", ingredients(home)) == SOURCE


def test_the_next_name_is_free():
    assert next_name("run", set()) == "run-1"
    assert next_name("run", {"run-1", "run-2", "run-4"}) == "run-3"
    assert next_name("run-1", {"run-1"}) == "run-2"
    assert len(next_name("x" * 64, set())) <= 64


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"stores": ["gone"]}, "stores", "no cutout store of that name. Expected one"),
        ({"stores": ["bmz"]}, "stores", "'bmz', which has no votes"),
        ({"stores": ["decals", "large"]}, "stores", "'large', with cutouts of 16 pix"),
        ({"stores": ["decals", "wide"]}, "stores", "'wide', which has no votes"),
        ({"stores": ["decals", "wide"]}, "stores", "decals has cutouts of 8 pixels at"),
        (RELEASED | {"stores": ["large"]}, "release.stores", "large has cutouts of 16"),
        ({"evaluate": {"store": "large", "half": "all"}}, "evaluate.store", "decals h"),
        ({"tree": "gz2"}, "stores", "lack 37 of the 37 answers of the tree gz2 (first"),
        (RELEASED | {"tree": "gz2"}, "release.stores", "'overlap', whose votes lack"),
        ({"evaluate": {"store": "decals"}}, "evaluate.half", "not divided into halves"),
        ({"evaluate": {"store": "bmz"}}, "evaluate.store", "neither votes nor true"),
        (
            {"image": {"input": "raw"}, "model": {"weights": "timm"}},
            "image.input",
            "the weights of timm are for pictures",
        ),
    ],
)
def test_a_source_run_that_cannot_work_is_refused(home, change, path, words):
    store(home, "large", votes=True, size=16)
    store(home, "wide", size=16)
    assert problems(home, SOURCE) == problems(home, SOURCE | RELEASED) == {}
    assert words in problems(home, SOURCE | change)[path]


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"model_run": "gone"}, "model_run", "no run with a model of that name"),
        ({"model_run": "bare"}, "model_run", "pretrained encoder, which was not"),
        (
            {"model_run": "wide"},
            "release.stores",
            "wide takes 16 pixels at 0.262 arcsec",
        ),
        ({"ensemble": ["gone"]}, "ensemble", "'gone'; there is no run with a model"),
    ],
)
def test_a_prediction_that_cannot_work_is_refused(home, change, path, words):
    model(home, "bare", stores=())
    model(home, "wide", size=16)
    assert problems(home, PREDICT) == {}
    assert words in problems(home, PREDICT | change)[path]


def test_where_there_is_no_model_no_names_are_expected(tmp_path):
    fill(tmp_path)
    found = problems(tmp_path, PREDICT)["model_run"]
    assert found.endswith("no run with a model of that name, and none exists yet")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"source_stores": ["large"]}, "source_stores"),
        ({"target_stores": ["large"]}, "target_stores"),
        ({"choice": {"target_stores": ["large"]}}, "choice.target_stores"),
        ({"release": {"release_id": "r", "stores": ["large"]}}, "release.stores"),
        ({"evaluate": {"store": "large", "half": "all"}}, "evaluate.store"),
    ],
)
def test_all_stores_of_an_adaptation_look_as_those_of_the_model(home, change, path):
    store(home, "large", votes=True, size=16)
    adapt = {"kind": "adapt", "model_run": "fitted", "source_stores": ["decals"]}
    adapt |= {"target_stores": ["bmz"]}
    assert problems(home, adapt) == {}
    found = problems(home, adapt | change)
    assert "the model of fitted takes 8 pixels at 0.262 arcsec" in found.pop(path)
    assert found == {}


def test_a_release_of_two_surveys_is_refused_before_the_fit(home):
    release = {"release_id": "both", "stores": ["decals", "bmz"]}
    said = problems(home, PREDICT | {"release": release})["release.stores"]
    assert said == (
        "release.stores differ in survey: bmz, decals; a release has one, so "
        "make a release of each"
    )


def test_the_name_of_a_published_release_is_taken(home):
    synthetic_release(home / "releases" / "taken", galaxies=20, release_id="taken")
    release = PREDICT["release"] | {"release_id": "taken"}
    found = problems(home, PREDICT | {"release": release})
    assert "name of an existing release" in found["release.release_id"]


def test_an_evaluation_on_learnt_galaxies_is_refused_before_the_fit(home):
    store(home, "again", votes=True, halves=True, begin="decals")
    found = ingredients(home)
    config = read_config(SOURCE | {"evaluate": {"store": "again"}})
    said = checks.shared_galaxies(home, config, found)
    assert "'again', which shares 40 galaxies with decals" in said
    other = read_config(SOURCE | {"evaluate": {"store": "overlap"}})
    assert checks.shared_galaxies(home, other, found) == ""


def test_a_run_that_adds_features_is_evaluated_on_nothing(home):
    release = {"release_id": "more", "stores": ["decals"]}
    features = {"kind": "features", "parent": "old", "model_run": "fitted"}
    config = read_config(features | {"release": release})
    assert checks.shared_galaxies(home, config, ingredients(home)) == ""


def test_names_of_runs_are_checked(home):
    found = ingredients(home)
    assert checks.name_problem("fresh", found) == ""
    assert "already a run 'fitted'" in checks.name_problem("fitted", found)
    assert "cannot be the name of a run" in checks.name_problem("../up", found)


def test_the_images_of_a_run_are_counted(home):
    found = ingredients(home)
    config = SOURCE | {"fit": {"epochs": 3}, "held_out": 0.25}
    assert expected.fit_images(read_config(config), found) == 3 * 40 * 0.75
    assert expected.fit_images(read_config(config | {"first": 10}), found) == 22.5
    assert expected.release_images(read_config(PREDICT), found) == 40
    stages = expected.work(read_config(PREDICT | {"ensemble": ["fitted"]}), found)
    assert stages["predict"] == 80


def past(home, run_id: str, config: dict, host: str, **seconds: float) -> None:
    """A finished run that took these seconds in its stages."""
    folder = create_run(home, run_id, config)
    (folder / STATUS).write_text(json.dumps({"state": "finished", "host": host}))
    for stage, spent in seconds.items():
        append_event(folder, "stage_finished", stage=stage, seconds=spent)


def test_the_time_is_that_of_the_latest_such_run_here_per_image(home, monkeypatch):
    monkeypatch.setattr(expected.socket, "gethostname", lambda: "here")
    config = read_config(SOURCE | {"fit": {"epochs": 6}})
    assert expected.expected_s(home, config, ingredients(home)) is None
    half = SOURCE | {"fit": {"epochs": 3}}
    past(home, "elsewhere", half, "there", fit=1.0, report=1.0)
    past(home, "other", half | {"model": {"encoder": "x"}}, "here", fit=1.0)
    assert expected.expected_s(home, config, ingredients(home)) is None
    past(home, "here", half, "here", fit=50.0, report=2.0)
    seconds = expected.expected_s(home, config, ingredients(home))
    assert np.isclose(seconds, expected.LOADING_S + 100.0 + 2.0)


def test_past_runs_are_read_until_every_stage_is_known(home, monkeypatch):
    monkeypatch.setattr(expected.socket, "gethostname", lambda: "here")
    read = []

    def counted(folder):
        read.append(folder.name)
        return read_events(folder)

    monkeypatch.setattr(expected, "read_events", counted)
    half = SOURCE | {"fit": {"epochs": 3}}
    for number in range(5):
        past(home, f"past-{number}", half, "here", fit=50.0 + number, report=2.0)
        created = 1e9 + number  # the last one is the newest
        os.utime(home / "runs" / f"past-{number}" / "config.json", (created, created))
    config, found = read_config(half), ingredients(home)
    assert expected.past_rates(home, config, found)["report"] == 2.0
    assert read == ["past-4"]
    # A stage that no past run had: the others have nothing new to tell.
    longer = read_config(SOURCE | {"evaluate": {"store": "overlap"}})
    read.clear()
    assert "evaluate" not in expected.past_rates(home, longer, found)
    assert read == ["past-4"]


def in_progress(home, run_id, config):
    """A living run, and the lock that keeps it so."""
    folder = create_run(home, run_id, config)
    (folder / STATUS).write_text(json.dumps({"state": "running"}))
    return take_lock(folder / LOCK)


def test_the_demonstration_from_scratch_is_a_fit_and_an_adaptation_that_waits(home):
    fill_demonstration(home)
    preset, found = PRESETS["demonstration"], ingredients(home)
    fit, adaptation = preset.make(found), preset.then(found, "demo-source-1")
    assert (fit["kind"], fit["stores"]) == ("source", ["demo-decals"])
    assert adaptation["model_run"] == "demo-source-1"
    assert adaptation["target_stores"] == ["demo-bmz"]
    assert checks.problems_of(fit, found) == {}
    assert "model_run" in checks.problems_of(adaptation, found)  # not started yet
    lock = in_progress(home, "demo-source-1", fit)
    found = ingredients(home)
    assert checks.problems_of(adaptation, found) == {}
    assert checks.waited_for(read_config(adaptation), found) == ["demo-source-1"]
    os.close(lock)
    assert "demo-source-1" not in ingredients(home).models  # it has died


def test_real_stores_are_not_mixed_with_larger_simulated_ones(home):
    for name, survey, votes in (("sky", "decals", True), ("north", "bmz", False)):
        store(home, name, survey=survey, votes=votes, galaxies=6, origin="real")
    found = ingredients(home)
    fit = PRESETS["source"].make(found)
    assert fit["stores"] == ["sky"] and "evaluate" not in fit  # overlap is simulated
    assert "model_run" not in PRESETS["adapt-physical+"].make(found)
    model(home, "of-sky", stores=("sky",))
    adapt = PRESETS["adapt-physical+"].make(ingredients(home))
    assert (adapt["model_run"], adapt["target_stores"]) == ("of-sky", ["north"])
    assert PRESETS["predict"].make(ingredients(home))["model_run"] == "of-sky"


def test_ye2025_takes_the_stores_of_256_pixels_and_adapts_its_own_model(home):
    store(home, "wide", votes=True, size=256, galaxies=6)
    store(home, "wide-bmz", votes=False, survey="bmz", size=256, galaxies=6)
    preset, found = PRESETS["ye2025"], ingredients(home)
    fit, adaptation = preset.make(found), preset.then(found, "ye2025-source")
    assert (fit["stores"], adaptation["source_stores"]) == (["wide"], ["wide"])
    assert adaptation["target_stores"] == ["wide-bmz"]
    assert adaptation["release"]["release_id"] == "wide-bmz-ye2025-1"
    assert checks.problems_of(fit, found) == {}
    lock = in_progress(home, "ye2025-source", fit)
    assert checks.problems_of(adaptation, ingredients(home)) == {}
    os.close(lock)


def test_a_model_in_progress_can_be_named_but_is_not_the_usual_choice(home):
    lock = in_progress(home, "fitting", SOURCE | {"model": {"encoder": "x"}})
    found = ingredients(home)
    assert found.names("run")[0] == "fitting" and not found.models["fitting"].finished
    assert found.models["fitting"].stores == ("decals",)
    assert found.models["fitting"].look == found.stores["decals"].look(ImageConfig())
    for preset in ("predict", "ensemble", "adapt-fast", "evaluate"):
        made = json.dumps(PRESETS[preset].make(found))
        assert "fitted" in made and "fitting" not in made
    learnt = checks.learnt_stores(
        read_config(PREDICT | {"model_run": "fitting"}), found
    )
    assert learnt == {"decals"}
    os.close(lock)


def test_a_model_on_slurm_is_not_waited_for(home):
    lock = in_progress(home, "fitting", SOURCE)
    (home / "runs" / "fitting" / SLURM).write_text("{}")
    assert "fitting" not in ingredients(home).models
    os.close(lock)


def test_a_fine_tuning_needs_no_votes_and_no_model_of_its_tree(home):
    config = PRESETS["finetune"].make(ingredients(home)) | {"stores": ["bmz"]}
    assert problems(home, config) == {}  # bmz has no votes
    assert "model_run" in problems(home, config | {"model_run": "gone"})
    store(home, "large", size=16)
    found = problems(home, config | {"stores": ["large"]})
    assert "the model of fitted takes" in found["stores"]


def test_the_expected_images_of_a_fine_tuning_are_those_of_its_labels(home):
    config = PRESETS["finetune"].make(ingredients(home))
    config |= {"labelled": 100, "fit": {"epochs": 10}, "transfer": {"head_epochs": 2}}
    found = ingredients(home)
    assert expected.fit_images(read_config(config), found) == pytest.approx(560)
    both = read_config(config | {"scratch": {"epochs": 5}})
    assert expected.fit_images(both, found) == pytest.approx(840)
    assert expected.work(both, found)["evaluate"] == 100
    assert (
        expected.expected_s(home, read_config(config | {"labelled": 0}), found) is None
    )


def test_the_model_of_a_fine_tuning_is_offered_to_no_other_run(home):
    model(home, "tuned", kind="finetune")
    assert list(ingredients(home).models) == ["fitted"]
