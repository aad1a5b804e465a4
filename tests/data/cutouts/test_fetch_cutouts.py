"""Downloads: each cutout once, bad services, missing data, and resuming."""

import time

import numpy as np
import pandas as pd
import pytest

from data.cutouts.fetch_cutouts import Unreached, download
from data.cutouts.pace import Pace, Turnstile
from morph.errors import MorphError
from morph.images.store import find_cutout, open_store
from tests.cutout_server import FAULTS, Behaviour, galaxy

TITLE = "A test"


def finished(store, unknown=()):
    return store.finish(TITLE, without_position=list(unknown))


def problems(root):
    table = pd.read_parquet(root / "cutouts" / "near" / "problems.parquet")
    return table.set_index("iauname")


def test_every_cutout_is_asked_for_once_and_is_its_galaxys(
    root, server, targets, opened
):
    store, requests = opened()
    download(store, targets, requests)
    manifest = finished(store)
    assert (manifest.galaxies, manifest.bands) == (12, ("g", "r", "z"))
    made = open_store(root / "cutouts" / "near")
    assert sorted(made.names) == targets["iauname"].tolist()
    assert len(server.log) == 12
    for row, line in enumerate(made.index.itertuples()):
        drawn = galaxy(line.ra, line.dec, "grz", 16, 0.262).astype(np.float16)
        np.testing.assert_array_equal(made.pixels[row], drawn[:, ::-1])
    assert problems(root).empty


def test_a_finished_store_grows_by_what_is_new_alone(root, server, targets, opened):
    store, requests = opened()
    download(store, targets.head(5), requests)
    finished(store)
    store.close()
    again, requests = opened()
    assert not (root / "cutouts" / "near" / "manifest.json").exists()
    download(again, targets, requests)
    assert finished(again).galaxies == 12
    assert len(server.log) == 12
    assert len(open_store(root / "cutouts" / "near").pixels) == 12


def test_a_bad_service_gives_all_in_the_end(root, server, targets, opened):
    server.behaviour.faults = dict.fromkeys(FAULTS, 0.08)
    server.behaviour.retry_after = "0.01"
    store, requests = opened(
        Pace(per_s=1000, first_wait=0.01, longest_wait=0.02, deadline=0.3, tries=50)
    )
    download(store, targets, requests)
    assert finished(store).galaxies == 12
    assert sum(one.answer == "good" for one in server.log) == 12


def test_what_failed_is_told_and_asked_for_again(root, server, targets, opened):
    server.behaviour.faults = {"500": 1.0}
    pace = Pace(per_s=1000, first_wait=0.001, longest_wait=0.001, tries=2)
    store, requests = opened(pace)
    download(store, targets, requests)
    with pytest.raises(MorphError, match="no cutout could be stored"):
        finished(store)
    assert set(problems(root)["state"]) == {"failed"}
    assert problems(root)["why"].str.contains("status 500, 2 times").all()
    store.close()
    server.behaviour.faults = {}
    again, requests = opened()
    download(again, targets, requests)
    assert finished(again).galaxies == 12
    assert problems(root).empty


def drawn_with_gaps(ra, dec, bands, size, pixscale):
    """Galaxy 0 is out of the survey, 1 blank, 2 without z, 3 a quarter, 4 a corner."""
    flux = galaxy(ra, dec, bands, size, pixscale)
    number = round((ra - 150) * 100)
    if number == 0:
        return None
    gaps = {1: np.s_[:], 2: np.s_[2], 3: np.s_[:, : size // 4], 4: np.s_[1, :2, :2]}
    if number in gaps:
        flux[gaps[number]] = 0
    return flux


def test_missing_data_stay_missing_and_too_much_is_rejected(
    root, server, targets, opened
):
    server.behaviour.draw = drawn_with_gaps
    store, requests = opened()
    download(store, targets, requests)
    manifest = finished(store, ["without-place"])
    assert manifest.galaxies == 8
    states = problems(root)["state"].to_dict()
    assert states == {
        "galaxy-00": "no image",
        "galaxy-01": "no image",
        "galaxy-02": "rejected",
        "galaxy-03": "rejected",
        "galaxy-04": "stored, partly missing",
        "without-place": "no position",
    }
    why = problems(root)["why"]
    assert why["galaxy-02"] == "no data in z"
    assert why["galaxy-03"] == "25% of its pixels have no data"
    assert problems(root).loc["galaxy-04", "missing"] == pytest.approx(4 / 256)
    kept = find_cutout(root / "cutouts" / "near", "galaxy-04")
    gap = np.zeros((3, 16, 16), dtype=bool)
    gap[1, -2:, :2] = True  # the first rows of the file are the southern ones
    np.testing.assert_array_equal(np.isnan(kept), gap)


def test_cutouts_without_a_band_are_kept_if_that_is_asked_for(
    root, server, targets, opened
):
    server.behaviour.draw = drawn_with_gaps
    store, requests = opened()
    download(store, targets.iloc[2:3], requests, most_missing=1.0)
    finished(store)
    kept = find_cutout(root / "cutouts" / "near", "galaxy-02")
    assert np.isnan(kept[2]).all()
    assert np.isfinite(kept[:2]).all()


def test_a_larger_limit_asks_again_for_what_it_allows_alone(
    root, server, targets, opened
):
    server.behaviour.draw = drawn_with_gaps
    store, requests = opened()
    some = targets.head(5)
    download(store, some, requests, most_missing=0.2)
    download(store, some, requests, most_missing=0.24)
    assert len(server.log) == 5
    download(store, some, requests, most_missing=0.25)  # one lacks just so many
    assert len(server.log) == 6
    assert "got" in store.answered["galaxy-03"]
    store.close()
    again, requests = opened()
    download(again, some, requests, most_missing=1.0)  # not for the blank one
    assert len(server.log) == 7
    assert finished(again).galaxies == 3
    download(again, some, requests, most_missing=0.0)
    assert len(server.log) == 7


def test_a_service_that_is_gone_ends_the_download_and_what_came_is_kept(
    root, server, targets, opened
):
    store, requests = opened()
    download(store, targets.head(4), requests)
    server.shutdown()
    server.server_close()
    pace = Pace(per_s=1000, first_wait=0.001, longest_wait=0.001, most_unreached=3)
    requests.client.close()
    store.close()
    again, requests = opened(pace)
    with pytest.raises(
        Unreached,
        match=r"could not be reached: it refused the connection; .*kept. Continue",
    ):
        download(again, targets, requests)
    assert sum("got" in line for line in again.answered.values()) == 4


def test_at_most_four_connections_are_used(server, targets, opened):
    server.behaviour = Behaviour(delay_s=0.05)
    store, requests = opened()
    download(store, targets, requests)
    assert server.most_at_once == 4


def test_requests_keep_to_their_rate_and_to_pauses():
    clock = [0.0]

    def sleep(seconds):
        clock[0] += seconds

    gate = Turnstile(Pace(per_s=5), now=lambda: clock[0], sleep=sleep)
    passed = []
    for number in range(6):
        gate.enter()
        passed.append(round(clock[0], 6))
        if number == 3:
            gate.pause(7)
    assert passed == [0, 0.2, 0.4, 0.6, 7.6, 7.8]


def test_the_turn_of_a_slow_survey_is_no_pause_that_the_service_asks_for():
    clock = [0.0]
    gate = Turnstile(Pace(per_s=0.01), now=lambda: clock[0], sleep=lambda s: None)
    gate.enter()  # the next request has its turn in 100 s
    assert gate.paused_s() == 0
    gate.pause(7)
    clock[0] = 2.0
    assert gate.paused_s() == 5
    clock[0] = 9.0
    assert gate.paused_s() == 0


def test_waits_double_with_a_random_part_up_to_a_limit():
    pace = Pace(first_wait=1, longest_wait=10)
    for part in (0.0, 0.5, 1.0):
        waits = [pace.wait_after(turn, lambda part=part: part) for turn in range(6)]
        assert waits == [min(2**n, 10) * (0.5 + part / 2) for n in range(6)]


def test_a_retry_after_holds_all_connections(server, targets, opened):
    server.behaviour = Behaviour(faults={"429": 1.0}, retry_after="0.4")
    store, requests = opened(Pace(per_s=1000, first_wait=0.01, tries=3, at_once=1))
    started = time.monotonic()
    download(store, targets.head(1), requests)
    assert time.monotonic() - started >= 0.8
    assert len(server.log) == 3


def test_a_cutout_of_another_position_is_not_taken_for_the_galaxys(
    root, server, targets, opened
):
    store, requests = opened()
    download(store, targets, requests)
    rounded = targets.assign(ra=targets["ra"] + 0.3 / 3600)
    download(store, rounded, requests)
    assert len(server.log) == 12
    moved = targets.assign(dec=[*[2.0] * 11, 3.0])
    with pytest.raises(MorphError, match=r"galaxy-11 is 150.11000 \+3.00000 in"):
        download(store, moved, requests)
    assert len(server.log) == 12


def test_a_galaxy_without_image_is_asked_for_at_another_position(
    root, server, targets, opened
):
    server.behaviour.draw = drawn_with_gaps
    store, requests = opened()
    download(store, targets.head(3), requests)
    assert {line.get("state") for line in store.answered.values()} == {
        "no image",
        "rejected",
    }
    download(store, targets.head(3).assign(ra=[160.0, 160.1, 160.2]), requests)
    assert finished(store).galaxies == 3
    assert problems(root).empty
