"""Criteria and verdicts for stub predictions of galaxies whose true answers are known.

A source survey with disks and other galaxies, of which the disks are fainter and
larger, and targets with other mixtures of them.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from morph.trees.decision_tree import DecisionTree, Question
from training.judge import judgement
from training.judge.domain_classifier import compare_populations
from training.judge.label_free_measures import shared_bins
from training.judge.reference import Output, Reference
from training.judge.verdicts import UNTOLD, overall

TREE = DecisionTree(
    "two-questions",
    (
        Question("shape", "Shape", ("disk", "other"), ("a disk", "no disk")),
        Question("bar", "Bar", ("yes", "no"), ("bar", "no bar"), ("shape_disk",)),
    ),
)
TOTAL, VOTES = 20.0, 30
SOURCE_DISKS = 0.5


@dataclass(frozen=True)
class Sky:
    """Galaxies with true fractions of disks, and their measured properties."""

    disk: np.ndarray  # (N,)
    index: pd.DataFrame

    def seen(self, *, shift: float = 0.0, noise: float = 0.0) -> np.ndarray:
        """(N, 4) concentrations of a model with an error of its log odds."""
        rng = np.random.default_rng(len(self.disk))
        odds = np.log(self.disk / (1 - self.disk)) + shift
        odds = odds + noise * rng.standard_normal(len(odds))
        return concentrations(1 / (1 + np.exp(-odds)))

    def votes(self) -> torch.Tensor:
        rng = np.random.default_rng(101)  # none that draws a sky
        disks = rng.binomial(VOTES, self.disk)
        bars = rng.binomial(disks, 0.5)
        return torch.tensor(
            np.column_stack([disks, VOTES - disks, bars, disks - bars])
        ).float()


def concentrations(disk: np.ndarray) -> np.ndarray:
    bar = np.full(len(disk), 0.5)
    return TOTAL * np.column_stack([disk, 1 - disk, bar, 1 - bar])


def sky(galaxies: int, seed: int, *, disks: float = SOURCE_DISKS) -> Sky:
    rng = np.random.default_rng(seed)
    is_disk = rng.random(galaxies) < disks
    disk = np.where(is_disk, rng.beta(8, 2, galaxies), rng.beta(2, 8, galaxies))
    index = pd.DataFrame(
        {
            "mag_r": 15.5 + 1.0 * is_disk + 0.7 * rng.standard_normal(galaxies),
            "radius_arcsec": np.exp(
                1 + 0.5 * is_disk + 0.2 * rng.standard_normal(galaxies)
            ),
        }
    )
    return Sky(disk, index)


def told(
    monkeypatch,
    target: Sky,
    before: dict,
    after: dict,
    *,
    mocks: bool = True,
    of_votes: bool = True,
) -> tuple:
    """The criteria for a target, and errors of the model before and after on it.

    The errors are the same on mock observations of held-out source galaxies, which have
    the weights of their kind in the target.
    """
    source, held_out = sky(500, 1), sky(300, 2)
    properties = [
        g.index[["mag_r", "radius_arcsec"]].to_numpy() for g in (source, target)
    ]
    share = (target.disk > 0.5).mean()
    weight = np.where(held_out.disk > 0.5, share, 1 - share) / SOURCE_DISKS
    models = {"unadapted": before, "adapted": after}
    galaxies = {"target": target, "held_out": held_out, "source": source}

    def output_of(_setup, model, seen, **_options):
        return Output(galaxies[seen.name].seen(**models[model]), torch.empty(0))

    class Named(SimpleNamespace):
        def __len__(self) -> int:
            return 300

    monkeypatch.setattr(judgement, "output_of", output_of)
    of_source = source.seen()
    answers = source.votes().numpy() + 1e-3 if of_votes else source.seen(**before)
    reobserved = SimpleNamespace(
        population=Named(name="source"),
        held_out=Named(name="held_out"),
        votes=held_out.votes(),
        twins=None,
    )
    reference = Reference(
        setup=SimpleNamespace(unadapted="unadapted", tree=TREE),
        source=Output(of_source, torch.empty(0)),
        signs=None,
        target=Named(name="target"),
        unadapted=Output(target.seen(**before), torch.empty(0)),
        neighbours=None,
        bins=shared_bins(*properties),
        typical=(np.arange(500), answers),
        paired=None,
        twins=None,
        population=compare_populations(source.index, target.index),
        reobserved=reobserved if mocks else None,
        mocked=source.seen(**before),
        held_out_weight=weight,
        missing=(),
    )
    return judgement.changes(reference, "adapted")


# An adapted model that answers more like the source's mixture: 50% of disks.
PULLED_UP, PULLED_DOWN = {"shift": 0.8}, {"shift": -0.8}
EXACT, NOISY = {}, {"noise": 0.6}


def test_a_better_model_of_the_same_survey_is_not_refused(monkeypatch):
    """Mean fractions cannot tell, held-out votes can."""
    shift, votes = told(monkeypatch, sky(500, 3), NOISY, EXACT)
    assert shift.verdict == UNTOLD and not shift.doubt
    assert max(shift.before, shift.after) < 2 * shift.chance
    assert votes.verdict == "better"
    assert overall((shift, votes)) == ("better", votes)


@pytest.mark.parametrize(
    ("disks", "pulled"),
    [(0.0, PULLED_UP), (1.0, PULLED_DOWN)],
    ids=["smooth only", "spirals only"],
)
def test_answers_pulled_to_the_sources_mixture_are_no_gain(monkeypatch, disks, pulled):
    """The shift of the mean fractions falls, and the model is worse."""
    shift, votes = told(monkeypatch, sky(500, 3, disks=disks), EXACT, pulled)
    assert shift.after < shift.before
    assert shift.doubt == "the target has another population of galaxies"
    assert votes.verdict == "worse"
    assert overall((shift, votes)) == ("worse", votes)


@pytest.mark.parametrize(("disks", "pulled"), [(0.0, PULLED_UP), (1.0, PULLED_DOWN)])
def test_without_mock_observations_another_population_cannot_be_told(
    monkeypatch, disks, pulled
):
    target = sky(500, 3, disks=disks)
    (shift,) = told(monkeypatch, target, EXACT, pulled, mocks=False)
    assert overall([shift]) == (UNTOLD, None)


def test_two_samples_of_one_survey_differ_by_chance_alone(monkeypatch):
    """The value of the shift, for models without an error, is that of chance."""
    (shift,) = told(monkeypatch, sky(500, 3), EXACT, EXACT, mocks=False)
    assert shift.before == shift.after
    assert 0.5 < shift.before / shift.chance < 2
    assert (shift.low, shift.high) == (0, 0)


def test_mocks_less_like_the_target_than_source_images_do_not_judge(monkeypatch):
    """The source model is right on the target and wrong on mock observations."""
    target = sky(500, 3)
    monkeypatch.setattr(
        Sky,
        "seen",
        lambda self, shift=0.0, noise=0.0, plain=Sky.seen: plain(
            self, shift=shift if self is not target else 0.0, noise=noise
        ),
    )
    _, votes = told(monkeypatch, target, {"shift": 2.0}, EXACT)
    assert "farther from those for the target" in votes.doubt


@pytest.mark.parametrize(
    ("learnt", "after", "verdict"), [(0.48, 0.07, "better"), (0.20, 0.2291, "worse")]
)
def test_what_was_learnt_from_votes_is_no_disagreement(
    monkeypatch, learnt, after, verdict
):
    """Fractions of disks differ by 0.2 before and 0.5 after, of all bars by nothing:
    0.1 and 0.25 on average. By ``learnt`` they differ on mock observations too."""
    source = np.full(80, 0.3)
    apart = {"before": 0.2, "adapted": 0.5, "settled": learnt}
    monkeypatch.setattr(
        judgement,
        "output_of",
        lambda _setup, model, _galaxies: Output(
            concentrations(source + apart[model]), torch.empty(0)
        ),
    )
    reference = SimpleNamespace(
        setup=SimpleNamespace(unadapted="before", tree=TREE),
        twins=range(80),
        paired=concentrations(source),
        reobserved=SimpleNamespace(twins=range(80)),
    )
    found = judgement.pairs_change(reference, "adapted", "settled")
    assert (found.criterion, found.verdict) == ("remaining", verdict)
    assert (found.before, found.after) == pytest.approx((0.1, after), abs=1e-4)


def test_errors_of_the_source_model_are_no_shift_between_surveys(monkeypatch):
    """The source model overestimates all disks, in both surveys; the adapted one does
    not. From the source model's answers it would differ, from votes it does not."""
    target, wrong = sky(500, 3), {"shift": 0.6}
    shift, votes = told(monkeypatch, target, wrong, EXACT)
    assert shift.after < 2 * shift.chance < shift.before
    assert shift.verdict == "better" and votes.verdict == "better"
    plain, _ = told(monkeypatch, target, wrong, EXACT, of_votes=False)
    assert plain.verdict == "worse"


def test_a_model_that_tells_galaxies_better_apart_is_not_taken_for_a_shift():
    """Its mean answers are right, and scatter more between two samples of galaxies.

    Of 40 pairs of samples at most a tenth may seem better or worse.
    """
    verdicts = []
    for seed in range(40):
        here, there = sky(300, 2 * seed + 10), sky(300, 2 * seed + 11)
        votes = here.votes().numpy() + 1e-3
        flat = SOURCE_DISKS + 0.3 * (there.disk - SOURCE_DISKS)
        bins = np.zeros(300, int), np.zeros(300, int)
        found, _ = judgement.shift_change(
            "conditional",
            (votes, concentrations(flat)),
            (votes, there.seen()),
            bins,
            TREE,
        )
        assert (found.before**2 - found.chance**2) < 0.02
        verdicts.append(found.verdict)
    assert verdicts.count(UNTOLD) >= 36


def test_in_another_population_mock_observations_alone_show_no_gain(monkeypatch):
    target = sky(500, 3, disks=0.0)
    shift, votes = told(monkeypatch, target, NOISY, EXACT)
    assert votes.verdict == "better" and "another population" in votes.doubt
    assert overall((shift, votes)) == (UNTOLD, None)
