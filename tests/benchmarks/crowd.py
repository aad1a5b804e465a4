"""How well votes of many people are weighed: rows of the benchmark `discovery`.

Each method is judged on subjects whose truth it was not told. The log loss (nats) of
the true answer shows whether probabilities can be trusted, the accuracy whether the
most probable answer is right, and the calibration error how far the two are apart.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from morph.crowd.dawid_skene import dawid_skene, weighed
from morph.crowd.glad import glad
from morph.crowd.swap import SwapRules, replay
from morph.crowd.votes import Votes
from tests.benchmarks import crowd_votes

VOTES = (3, 5, 10, 20)
GOLD = 0.2  # fraction of the subjects from whose answers SWAP learns
SAVED = 0.3
FRACTIONS, WEIGHED = "vote fractions", "Dawid-Skene, prior"
_LEAST = 1e-10

Row = dict[str, object]
Scores = dict[str, tuple[float, float, float]]


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows: simulated volunteers, retirement, and real workers, if there."""
    seeds = range(2 if quick else 5)
    subjects = 200 if quick else 500
    for answers in (2, 3):
        for number in VOTES:
            yield from _simulated(answers, number, subjects, seeds)
    yield _retirement(seeds)
    if crowd_votes.REAL.is_dir():
        yield from _real("bluebirds", (5, 10, 20, 39), seeds)
        yield from _real("hitspam_crowdflower", (100,), seeds[:1])


def posteriors(votes: Votes, known: np.ndarray) -> Mapping[str, np.ndarray]:
    """(S, K) probabilities by each method; SWAP alone is told the ``known`` answers."""
    found = {
        FRACTIONS: votes.smoothed(),
        "Dawid-Skene": dawid_skene(votes).posterior,
        WEIGHED: weighed(votes).posterior,
        "GLAD": glad(votes).posterior,
    }
    if len(votes.answers) == 2:
        found["SWAP, 20 % known"] = replay(votes, 0, SwapRules(), known=known).posterior
    return found


def scores(posterior: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Log loss in nats, accuracy, and calibration error of the most probable answer.

    The calibration error is the mean over ten equal parts of the subjects, by their
    largest probability, of the distance between its mean and the accuracy.
    """
    right = posterior[np.arange(len(truth)), truth]
    hit = posterior.argmax(axis=1) == truth
    sure = posterior.max(axis=1)
    parts = np.array_split(np.argsort(sure, kind="stable"), 10)
    apart = [len(p) * abs(sure[p].mean() - hit[p].mean()) for p in parts if len(p)]
    log_loss = -np.log(np.maximum(right, _LEAST)).mean()
    return float(log_loss), float(hit.mean()), float(sum(apart) / len(truth))


def _scored(votes: Votes, truth: np.ndarray, seed: int) -> Scores:
    gold = np.random.default_rng(1000 + seed).random(len(truth)) < GOLD
    known = np.where(gold, truth, -1)
    unseen = ~gold & (truth >= 0)
    return {
        method: scores(posterior[unseen], truth[unseen])
        for method, posterior in posteriors(votes, known).items()
    }


def _simulated(answers: int, number: int, subjects: int, seeds: range) -> Iterator[Row]:
    each = []
    for seed in seeds:
        votes, truth = crowd_votes.simulated(
            seed, subjects=subjects, people=60, answers=answers, per_subject=number
        )
        each.append(_scored(votes, truth, seed))
    what = f"simulated, {answers} answers, {number} votes"
    yield from _rows(what, each, check=True)


def _real(name: str, numbers: tuple[int, ...], seeds: range) -> Iterator[Row]:
    votes, truth = crowd_votes.real(name)
    for number in numbers:
        each = []
        for seed in seeds:
            some, of = crowd_votes.thinned(
                crowd_votes.shuffled(votes, seed), number, seed
            )
            each.append(_scored(some, truth[of], seed))
        yield from _rows(f"{name}, at most {number} votes", each, check=False)


def _rows(what: str, each: list[Scores], *, check: bool) -> Iterator[Row]:
    """A row per method; the weighed posterior has to beat the fractions if checked."""
    plain = np.mean([one[FRACTIONS][0] for one in each])
    for method in each[0]:
        values = np.array([one[method] for one in each])
        loss, accuracy, apart = values.mean(axis=0)
        missed = ""
        if check and method == WEIGHED and loss > plain:
            missed = f"log loss {loss:.3f}, of the fractions {plain:.3f}"
        yield {
            "what": f"crowd: {what}: {method}",
            "log loss": float(loss),
            "±": float(values[:, 0].std(ddof=1)) if len(values) > 1 else "",
            "accuracy": float(accuracy),
            "calibration error": float(apart),
            "votes saved": "",
            "goal": "log loss of the fractions" if check and method == WEIGHED else "",
            "missed": missed,
        }


def _retirement(seeds: range) -> Row:
    """Votes that need not be asked for, against all 20 weighed in the same way."""
    saved, wrong, wrong_all = [], [], []
    for seed in seeds:
        votes, truth = crowd_votes.simulated(
            seed, subjects=500, people=60, answers=2, per_subject=20
        )
        gold = np.random.default_rng(1000 + seed).random(len(truth)) < GOLD
        known = np.where(gold, truth, -1)
        rules = SwapRules(detected=0.99, rejected=0.01)
        early = replay(votes, 0, rules, known=known, retire=True)
        majority = votes.fractions.argmax(axis=1)
        saved.append(1 - early.used[~gold].sum() / votes.counts[~gold].sum())
        wrong.append((early.posterior.argmax(axis=1) != truth)[~gold].mean())
        wrong_all.append((majority != truth)[~gold].mean())
    share, error, error_all = map(np.mean, (saved, wrong, wrong_all))
    short = share < SAVED or error > error_all
    return {
        "what": "crowd: SWAP retires at 0.01 and 0.99, of 20 votes",
        "log loss": "",
        "±": "",
        "accuracy": float(1 - error),
        "calibration error": "",
        "votes saved": float(share),
        "goal": f"{SAVED:.0%} saved, accuracy of the majority of all 20",
        "missed": f"{share:.0%} saved, accuracy {1 - error:.3f}, of the majority "
        f"{1 - error_all:.3f}"
        if short
        else "",
    }
