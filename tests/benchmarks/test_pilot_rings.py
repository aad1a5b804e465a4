"""Pilot C on a few discs made up for it: probe, fine-tuning, folds and starts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data.simulation.population import DISC
from morph.runs.config_parts import FitConfig
from tests.benchmarks.conftest import picture
from tests.benchmarks.pilots import pilot_c, rings, workplace
from tests.benchmarks.pilots.framing import (
    SIDE,
    plain_measures,
)
from tests.benchmarks.pilots.simulated_rings import ring_population, simulated_rings
from tests.benchmarks.pilots.sizes import QUICK
from training.network.polar_encoder import to_polar


def ring_discs():
    """Forty discs, every second of them with a ring around it."""
    rng, pixels = np.random.default_rng(2), []
    for row in range(40):
        levels = picture(side=SIDE, x=32, y=32, radius=10 + rng.uniform(0, 3), sky=0)
        down, across = np.mgrid[:SIDE, :SIDE] + 0.5
        around = np.abs(np.hypot(across - 32, down - 32) - 24) < 3
        levels[around & (row % 2 == 1)] = 120
        pixels.append(levels)
    return np.stack(pixels), np.arange(40) % 2 == 1


@pytest.fixture(scope="module")
def ring_pictures():
    return rings.prepared(*ring_discs())


@pytest.fixture(scope="module")
def splits(ring_pictures):
    return rings.folds(ring_pictures.ring, 1)


def test_a_probe_of_what_a_network_sees_finds_plain_rings(run, ring_pictures, splits):
    for start in (workplace.learnt_model(run), None):
        model = rings.started(start, ring_pictures, 1)
        found = rings.features(model, ring_pictures.inputs)
        assert rings.probed(found, ring_pictures.ring, splits).mean() > 0.9


def test_few_labels_are_shared_out_evenly_and_every_picture_is_judged_once():
    ring = np.arange(60) % 3 == 0
    few = rings.folds(ring, 1, labels=12)
    assert [ring[learnt].sum() for learnt, _ in few] == [4] * rings.FOLDS
    assert sorted(np.concatenate([judged for _, judged in few])) == list(range(60))
    for (learnt, judged), (whole, same) in zip(few, rings.folds(ring, 1), strict=True):
        np.testing.assert_array_equal(judged, same)
        assert len(learnt) == 12
        assert set(learnt) <= set(whole)


def test_a_start_takes_the_statistics_of_the_pictures_and_stays_as_it_was(
    run, ring_pictures
):
    learnt = workplace.learnt_model(run)
    before = {name: value.clone() for name, value in learnt.state_dict().items()}
    model = rings.started(learnt, ring_pictures, 1)
    seen = model.encoder.stem[0](
        to_polar(ring_pictures.inputs, model.encoder.places)
    ).mean((0, 2, 3))
    taken = model.encoder.stem[1].running_mean
    torch.testing.assert_close(taken, seen, rtol=1e-2, atol=1e-3)
    assert (taken - learnt.encoder.stem[1].running_mean).abs().max() > 0.01
    for name, value in learnt.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_fine_tuning_judges_every_picture_and_begins_with_the_probe(
    run, ring_pictures, splits
):
    model = rings.started(workplace.learnt_model(run), ring_pictures, 1)
    still = FitConfig(epochs=1, batch_size=8, learning_rate=1e-9)
    right = rings.fine_tuned(model, ring_pictures, splits, [still], 1)
    found = rings.features(model, ring_pictures.inputs)
    probed = rings.probed(found, ring_pictures.ring, splits)
    assert right.shape == (40,)
    assert (right == probed).mean() > 0.9


def test_of_two_fits_the_one_that_tells_unseen_pictures_is_chosen(run, ring_pictures):
    model = rings.started(workplace.learnt_model(run), ring_pictures, 1)
    spoils = FitConfig(epochs=2, batch_size=8, learning_rate=1.0)
    learns = FitConfig(epochs=2, batch_size=8, learning_rate=1e-4)
    for fits in ([spoils, learns], [learns, spoils]):
        found = rings._best_fit(model, ring_pictures, np.arange(40), fits, 1)
        assert found == learns


def test_simulated_rings_differ_in_nothing_but_the_ring():
    population = ring_population(400, 1)
    ring = population["ring"] > 0
    assert ring.sum() == 200
    assert (population["kind"] == DISC).all()
    whole = population["arm_disorder"] < 0.5
    assert population["arm_contrast"][whole].max() < 0.1
    for column in ("bar", "bulge", "clumps", "disturbance", "axis_ratio"):
        of_rings, of_others = population[column][ring], population[column][~ring]
        scatter = population[column].std() * np.sqrt(2 / 200)
        assert abs(of_rings.mean() - of_others.mean()) < 4 * scatter
    pixels, shown = simulated_rings(4, 1)
    assert pixels.shape == (4, SIDE, SIDE, 3)
    assert shown.tolist() == [True, False, True, False]


class FewRings:
    """Stands for the real galaxies: rings that anybody tells."""

    def __init__(self, pixels, ring):
        self.found = pixels, ring, np.array([f"J{row}" for row in range(len(ring))])

    def rings(self):
        return self.found

    def ring_measures(self):
        return np.stack([plain_measures(pixels) for pixels in self.found[0]])


def test_pilot_c_holds_every_start_against_none_with_few_labels_and_all(run):
    pixels, ring = ring_discs()
    size = replace(
        QUICK,
        few_ring_labels=12,
        ring_fits=(FitConfig(epochs=1, batch_size=8, learning_rate=1e-4),),
        ring_seeds=2,
    )
    starts = {pilot_c.SCRATCH: None, pilot_c.MAIN: workplace.learnt_model(run)}
    rows = pilot_c.rows(FewRings(pixels, ring), starts, size)
    assert [row["labels"] for row in rows] == [12] * 5 + [32] * 5
    assert sum(row["learnt before"] == pilot_c.PLAIN for row in rows) == 2
    assert {row["way"] for row in rows} == {"linear probe", "fine-tuned"}
    for row in rows:
        assert row["low"] <= row["accuracy"] <= row["high"]
        if row["learnt before"] == pilot_c.SCRATCH:
            assert row["against scratch"] == row["on the test half"] == 0
