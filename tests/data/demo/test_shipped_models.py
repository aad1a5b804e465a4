"""The models that morph ships: small, described, and still right."""

import json
from pathlib import Path

import pytest

from data.demo import check_models, shipped_models
from data.demo.plan import ADAPTED_RUN, FULL, SMALL, SOURCE_RUN, configs
from morph.errors import MorphError
from morph.home import run_folder
from morph.runs.config import read_config
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import finished_stages, read_json

MAX_BYTES = 4_000_000


def test_the_shipped_models_are_small_and_say_where_they_come_from():
    files = [p for p in shipped_models.MODELS.rglob("*") if p.is_file()]
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES
    origin = read_json(shipped_models.ORIGIN)
    assert len(origin["commit"]) == 40 and origin["software"]["torch"]
    assert set(origin["mean_rmse"]) == set(check_models.CHECKS)


@pytest.mark.parametrize("run_id", shipped_models.SHIPPED)
def test_an_installed_model_is_a_run_that_begins_after_its_fit(tmp_path, run_id):
    wanted = configs(SMALL)[run_id]
    shipped_models.install(tmp_path, run_id, wanted)
    run = read_run(run_folder(tmp_path, run_id))
    assert run.startable and finished_stages(run.folder) == {"fit"}
    # Its fit is described as it was, what remains as it is wanted.
    assert read_config(run.config).release == read_config(wanted).release
    for part in ("fit", "long_simulation"):
        assert run.config.get(part) == configs(FULL)[run_id].get(part)
    card = json.loads((run.folder / "checkpoints/model.json").read_text())
    assert card["survey"] == "decals" and len(card["labels"]) == 34


def test_a_run_that_is_there_is_kept(tmp_path):
    folder = create_run(tmp_path, SOURCE_RUN, {"kind": "source"})
    shipped_models.install(tmp_path, SOURCE_RUN, configs(FULL)[SOURCE_RUN])
    assert read_json(folder / "config.json") == {"kind": "source"}


def test_a_fit_that_is_not_finished_is_not_shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped_models, "MODELS", tmp_path / "models")
    create_run(tmp_path, SOURCE_RUN, {"kind": "source"})
    with pytest.raises(MorphError, match="fit of demo-source is not finished"):
        shipped_models.keep(tmp_path)
    assert not (tmp_path / "models" / SOURCE_RUN).exists()


@pytest.mark.slow
def test_the_shipped_models_have_the_errors_that_are_recorded():
    checks = check_models.check()
    assert [check.name for check in checks] == list(check_models.CHECKS)
    assert all(check.agrees for check in checks), checks
    source, unadapted, adapted = (check.rmse for check in checks)
    assert source < unadapted and adapted < unadapted


def test_a_model_that_has_drifted_does_not_agree():
    near, far = 0.5 * check_models.TOLERANCE, 2 * check_models.TOLERANCE
    assert check_models.Check("a model", 0.1 + near, 0.1).agrees
    assert not check_models.Check("a model", 0.1 + far, 0.1).agrees
    assert not check_models.Check("a model", 0.1, None).agrees


def test_the_adapted_model_applies_to_the_first_galaxies():
    first = configs(FULL)["demo-first"]
    assert first["model_run"] == ADAPTED_RUN
    assert Path(shipped_models.MODELS / ADAPTED_RUN / "checkpoints").is_dir()
