"""The refit: a new model, fitted as the source was, that owes the old one nothing."""

from pathlib import Path

import pytest

from morph.run_files import read_events, read_json
from morph.runs import create_run
from tests.training.test_joint import FIT, adapted, differ, root
from training.__main__ import main

__all__ = ["root"]  # the fixture


def fitted(root: Path, run_id: str, **fit) -> None:
    config = {"kind": "source", "stores": ["source"], "fit": FIT | fit}
    assert main([str(create_run(root, run_id, config))]) == 0


def test_it_forgets_the_model_that_it_takes_the_place_of(root):
    """Two models that learnt differently long: what is refitted is the same."""
    fitted(root, "longer-run", epochs=2)
    one = adapted(root, "one", method="physical+")
    settings = {"method": "physical+", "refit": {"epochs": 1}}
    other = adapted(root, "other", model_run="longer-run", **settings)
    assert not differ(one, other)
    assert differ(one, adapted(root, "another-seed", method="physical+", seed=7))


@pytest.mark.parametrize(("told", "epochs"), [({}, 3), ({"epochs": 2}, 2)])
def test_it_lasts_as_long_as_the_sources_fit_unless_told(root, told, epochs):
    name = f"for-{epochs}"
    fitted(root, f"source-{name}", epochs=3)
    adapted(root, name, method="refit", refit=told, model_run=f"source-{name}")
    seen = [e for e in read_events(root / "runs" / name) if e["event"] == "epoch"]
    assert [(e["fit"], e["epoch"]) for e in seen] == [
        ("refit", number) for number in range(1, epochs + 1)
    ]


def test_what_was_adapted_is_not_refitted(root):
    adapted(root, "adapted-run", method="adabn")
    config = {
        "kind": "adapt",
        "model_run": "adapted-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
    }
    folder = create_run(root, "refused", config)
    assert main([str(folder)]) != 0
    error = read_json(folder / "status.json")["error"]
    assert "'adapted-run' was adapted, not fitted to votes; name the run" in error
