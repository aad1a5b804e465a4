"""The demonstration's plan at each scale, and room for another scale."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from data.demo import begin
from data.demo.plan import (
    FIRST_RUN,
    FULL,
    RELEASES,
    RUNS,
    SMALL,
    TRAINED,
    Scale,
    configs,
    releases,
)
from data.demo.steps import steps
from morph.atomic import write_json
from morph.runs.config import read_config
from morph.runs.demo_status import DemoState, building, demo_folder, write_demo
from morph.runs.lifecycle import create_run


def test_a_demonstration_lists_only_the_steps_it_takes():
    names = [[step.name for step in steps(s, load_here=True)] for s in (FULL, SMALL)]
    assert set(names[0]) - set(names[1]) == {"overlap", "overlap-bmz"}
    for scale, listed in zip((FULL, SMALL), names, strict=True):
        runs = [name for name in listed if name not in ("survey", "load")]
        assert [f"demo-{name}" for name in runs] == list(configs(scale))


def test_a_demonstration_that_fits_its_models_shows_nothing_before():
    shipped, fitted = (steps(scale, load_here=True) for scale in (FULL, TRAINED))
    assert [step.name for step in shipped] == ["first", *(s.name for s in fitted)]
    assert set(configs(FULL)) - set(configs(TRAINED)) == {FIRST_RUN}
    assert releases(FULL) == releases(TRAINED)
    with_title = {step.name: step.title for step in fitted}
    assert with_title["source"].startswith("Fit")
    assert not any(step.title.startswith("Fit") for step in shipped)


@pytest.mark.parametrize("scale", [FULL, SMALL, TRAINED])
def test_training_accepts_every_run_of_the_demonstration(scale):
    made = configs(scale)
    found = {n: read_config(made[n]).release.release_id for n in made}
    assert found.pop(FIRST_RUN, "demo-bmz") == "demo-bmz"  # which the last one replaces
    assert tuple(found.values()) == releases(scale)
    assert set(made) <= set(RUNS) and set(found.values()) <= set(RELEASES)


def test_only_the_full_demonstration_shows_galaxies_seen_twice():
    assert (tuple(configs(FULL)), releases(FULL)) == (RUNS, RELEASES)
    twice = {"demo-overlap", "demo-overlap-bmz"}
    assert set(RUNS) - set(configs(SMALL)) == twice
    assert releases(FULL)[-1] == releases(SMALL)[-1] == "demo-bmz"


def begun_with_runs(root: Path, scale: Scale, state: str) -> None:
    with building(root):
        begin.begin(root, scale)
    create_run(root, "demo-source", {})
    write_demo(root, DemoState(state, ()))
    (demo_folder(root) / "events.jsonl").write_text("")


@pytest.mark.parametrize(
    ("begun", "state", "wanted", "kept"),
    [
        (SMALL, "building", SMALL, True),
        (FULL, "finished", SMALL, True),
        (FULL, "building", SMALL, False),
        (SMALL, "finished", FULL, False),
        (TRAINED, "finished", FULL, True),
        (TRAINED, "finished", SMALL, True),
        (TRAINED, "building", FULL, False),
        (FULL, "finished", TRAINED, False),
    ],
)
def test_what_was_built_at_another_size_makes_room(
    tmp_path, begun, state, wanted, kept
):
    begun_with_runs(tmp_path, begun, state)
    assert begin.begin(tmp_path, wanted) == (begun if kept else wanted)
    assert (tmp_path / "runs" / "demo-source").exists() == kept
    assert (demo_folder(tmp_path) / "events.jsonl").exists() == kept
    assert not list(demo_folder(tmp_path).glob(".old-*"))


@pytest.mark.parametrize("state", ["building", "finished"])
def test_a_build_of_an_earlier_version_is_kept_and_fits_its_models(tmp_path, state):
    begun_with_runs(tmp_path, FULL, state)
    path = demo_folder(tmp_path) / "config.json"
    earlier = {k: v for k, v in asdict(FULL).items() if k != "train"}
    write_json(path, earlier)
    assert begin.begin(tmp_path, FULL) == replace(FULL, train=True)
    assert (tmp_path / "runs" / "demo-source").exists()


def test_a_scale_once_begun_is_kept_though_the_numbers_of_its_name_change(tmp_path):
    begun_with_runs(tmp_path, replace(SMALL, galaxies=77), "building")
    assert begin.begin(tmp_path, SMALL).galaxies == 77
