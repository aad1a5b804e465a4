"""A run that downloads cutouts: cancelled, continued, failing, and asking again."""

import threading
import time
from functools import partial

import numpy as np
import pandas as pd
import pytest

from data.cutouts import cutout_stages
from data.cutouts.pace import Pace
from data.execute import main
from morph.images.new_stores import store_states
from morph.images.new_stores.cutouts_run import CutoutsConfig, begin, begin_again
from morph.images.new_stores.made_for import store_names
from morph.images.store import open_store
from morph.release.manifest import Manifest
from morph.runs.lifecycle import list_runs, read_run
from morph.runs.run_files import CANCEL
from morph.trees.decision_tree import GZD5
from tests.cutout_server import galaxy

WANTED = CutoutsConfig(store="mine", survey="near", size=16, release="galaxies")


@pytest.fixture
def quick(monkeypatch):
    """Waits between attempts are short."""
    pace = partial(Pace, first_wait=0.01, longest_wait=0.05, tries=3, most_unreached=3)
    monkeypatch.setattr(cutout_stages, "Pace", pace)


@pytest.fixture
def begun(root, targets, quick):
    """The folder of a run for twelve galaxies with votes."""
    votes = {label: np.arange(12) for label in GZD5.labels}
    return begin(root, WANTED, targets.assign(**votes))


def state_of(root):
    (found,) = store_states.read_stores(root)
    return found


def test_a_run_makes_a_store_with_votes_that_belongs_to_the_release(
    root, server, targets, begun
):
    assert main([str(begun)]) == 0
    store = open_store(root / "cutouts" / "mine")
    assert sorted(store.names) == targets["iauname"].tolist()
    votes = pd.read_parquet(store.folder / "votes.parquet").set_index("iauname")
    assert votes.loc[targets["iauname"], "bar_no"].tolist() == list(range(12))
    release = Manifest("galaxies", "real", "near", "", "", "")
    assert store_names(root, release) == ("mine",)
    assert state_of(root).state == "finished"
    assert store_states.made_by(read_run(begun)) == "Cutout store mine: stored 12"


def test_a_cancelled_run_ends_at_once_and_asks_for_the_rest_alone(root, server, begun):
    """Cancelled in a pause of a minute that the service asks for."""
    server.behaviour.draw = _pausing_after(server, 5)
    other = threading.Thread(target=_cancel_in_pause, args=(server, begun))
    other.start()
    assert main([str(begun)]) == 130
    other.join()
    assert state_of(root).state == "stopped"
    assert 5 <= sum(one.answer == "good" for one in server.log) < 12
    server.behaviour.faults = {}
    assert main([str(begun)]) == 0
    assert sum(one.answer == "good" for one in server.log) == 12
    assert len(open_store(root / "cutouts" / "mine").index) == 12


def _pausing_after(server, requests):
    """Draws galaxies; after so many the service asks for a pause of a minute."""
    drawn = []

    def draw(*asked):
        drawn.append(asked)
        if len(drawn) == requests:
            server.behaviour.retry_after = "60"
            server.behaviour.faults = {"429": 1.0}
        return galaxy(*asked)

    return draw


def _cancel_in_pause(server, folder):
    while not any(one.answer == "429" for one in server.log):
        time.sleep(0.005)
    (folder / CANCEL).touch()


def test_what_failed_is_asked_for_again_by_another_run(root, server, targets, begun):
    server.behaviour.faults = {"500": 1.0}
    assert main([str(begun)]) == 1
    found = state_of(root)
    assert (found.state, found.failed) == ("stopped", 12)
    assert "no cutout could be stored" in found.run.error
    server.behaviour.faults = {"500": 0.9}
    while main([str(begun)]) == 1:  # until some are there
        pass
    server.behaviour.faults = {}
    found = state_of(root)
    if found.failed:
        failed = store_states.failed_names(root, "mine")
        again = begin_again(root, list_runs(root)[0], failed)
        assert again.name == "mine-2"
        assert main([str(again)]) == 0
    assert state_of(root).failed == 0
    assert len(open_store(root / "cutouts" / "mine").index) == 12


def test_what_failed_is_asked_for_again_after_a_run_for_other_galaxies(
    root, server, targets, begun
):
    server.behaviour.faults = {"500": 0.9}
    while main([str(begun)]) == 1:  # until some are there
        pass
    assert state_of(root).failed
    server.behaviour.faults = {}
    more = pd.DataFrame({"iauname": ["more"], "ra": [160.0], "dec": [3.0]})
    assert main([str(begin(root, WANTED, more))]) == 0
    found = state_of(root)
    assert found.state == "finished" and found.failed
    failed = store_states.failed_names(root, "mine")
    assert main([str(begin_again(root, found.run, failed))]) == 0
    assert state_of(root).failed == 0
    store = open_store(root / "cutouts" / "mine")
    assert len(store.index) == 13
    votes = pd.read_parquet(store.folder / "votes.parquet").set_index("iauname")
    assert votes.loc[targets["iauname"], "bar_no"].tolist() == list(range(12))


def test_a_finished_store_stays_one_when_adding_to_it_fails(
    root, server, targets, begun
):
    assert main([str(begun)]) == 0
    server.behaviour.redirect = "https://login.example.org/"
    more = pd.DataFrame({"iauname": ["more"], "ra": [160.0], "dec": [3.0]})
    added = begin(root, WANTED, more)
    assert main([str(added)]) == 1
    assert len(open_store(root / "cutouts" / "mine").index) == 12
    votes = pd.read_parquet(root / "cutouts" / "mine" / "votes.parquet")
    assert votes["bar_no"].sum() == sum(range(12))
    server.behaviour.redirect = ""
    assert main([str(added)]) == 0
    assert len(open_store(root / "cutouts" / "mine").index) == 13


def test_a_service_that_redirects_elsewhere_stops_the_run_with_a_sentence(
    root, server, begun
):
    server.behaviour.redirect = "https://login.example.org/"
    assert main([str(begun)]) == 1
    error = read_run(begun).error
    assert "redirects to https://login.example.org, where requests may not go" in error
    assert "what was downloaded is kept" in error
    server.behaviour.redirect = ""
    assert main([str(begun)]) == 0
    assert len(open_store(root / "cutouts" / "mine").index) == 12
