"""Which epoch of an adaptation is kept, and whether it is kept at all, without votes.

After each epoch the model is judged (`training.judge.judgement`) as it would be after
the steps that follow without learning. Where galaxies imaged by both surveys are named,
the epoch on which they disagree least is kept of a fit that learns from no votes; a
shift of mean fractions is no measure that fine, and without such galaxies it is the
last. It is the last, too, of a fit held by votes: the longer it goes on, the more it
knows that the source model did not, and the more it disagrees with it
(docs/model_choice.md). In the end a model that is judged worse than the source model as
it is (by pictures retaken, where it learnt from such: `training.judge.reobserved`) is
refused: the run goes on with the source model's weights, and says so in ``choice.json``
and wherever it speaks of its model.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import nn

from morph.runs.config_adaptation import AdaBNConfig, ChoiceConfig
from morph.runs.run_files import read_events
from training.fit.loop import Fit
from training.fit.processes import FollowingRun
from training.judge.collapse_signs import pair_alarms
from training.judge.judgement import (
    Judgement,
    Reference,
    judge,
    judge_by_retaken,
    nats_retaken,
)
from training.network.model import GalaxyModel
from training.surveys.context import Adaptation

Outcome = Literal["adapted", "refused", "kept", "not judged"]
Statistics = Callable[[Adaptation], None]  # a step that learns nothing

_SAID = {
    "pairs": "disagreement with the source model on galaxies that both surveys imaged",
    "remaining": "disagreement with the source model on galaxies that both surveys "
    "imaged, without what was learnt from votes",
    "conditional": "shift of the mean vote fractions at equal magnitude and size",
}
_SAID_OF_VOTES = "nats a galaxy that the source's votes cost on its pictures retaken"


@dataclass(frozen=True)
class Choice:
    """What became of an adaptation, and why."""

    outcome: Outcome
    sentence: str
    unadapted: Judgement
    adapted: Judgement
    missing: tuple[str, ...]  # measures that could not be taken, and why not


def judged_as_finished(
    task: Fit,
    model_of: Callable[[nn.Module], GalaxyModel],
    *,
    given: Adaptation,
    reference: Reference,
    later: Sequence[Statistics],
) -> Fit:
    """``task``, judged after each epoch; it keeps its best if the config says so.

    Not if it learns from votes: it keeps its last.

    What is judged is a copy of the model that the steps ``later`` have gone over, on no
    more galaxies than it is judged on.
    """
    config, by_pairs = given.config, reference.twins is not None and not task.by_votes
    fewer = min(config.adabn.galaxies, config.choice.galaxies)
    config = replace(config, adabn=AdaBNConfig(fewer))

    def validate(module: nn.Module) -> dict[str, float]:
        model = copy.deepcopy(model_of(module))
        quiet = FollowingRun(given.run.folder)
        finished = replace(given, model=model, run=quiet, config=config)
        for step in later:
            step(finished)
        found = judge(reference, given, model)
        said = list(found.alarms)
        if by_pairs:
            before = _pairs_so_far(given.run.folder, task.name)
            said += pair_alarms(before, found.parts["pairs"])
        if said:
            given.run.event("alarms", fit=task.name, sentences=said)
        beside = {"distance": found.distance, "neighbours": found.neighbours}
        return found.parts | beside

    best = by_pairs and given.config.choice.epoch == "best"
    return replace(task, validate=validate, kept="pairs" if best else None)


def _pairs_so_far(folder: Path, fit: str) -> list[float]:
    """How much each epoch of a fit disagreed with the source model, as its run says."""
    epochs = (e for e in read_events(folder) if e["event"] == "epoch")
    return [e["pairs"] for e in epochs if e["fit"] == fit]


def choose(
    given: Adaptation,
    reference: Reference,
    learnt: GalaxyModel,
    settling: Sequence[Statistics],
) -> Choice:
    """Judge the model as it has become beside the one it was.

    ``learnt`` is the model before steps without learning gave it the statistics of the
    target's pictures; ``settling`` gives it, in place, those of pictures retaken.
    """
    before, after = (judge(reference, given, m) for m in (given.unadapted, given.model))
    if reference.retaken is not None:
        together, quiet = reference.retaken.together, FollowingRun(given.run.folder)
        for step in settling:
            step(replace(given, model=learnt, run=quiet, target=together))
        nats = nats_retaken(reference, given, given.unadapted)
        before = replace(before, nats=nats)
        after = judge_by_retaken(reference, given, after, learnt)
    outcome = _outcome(before, after, given.config.choice)
    return Choice(
        outcome=outcome,
        sentence=_sentence(outcome, before, after, reference.missing),
        unadapted=before,
        adapted=after,
        missing=reference.missing,
    )


def _outcome(before: Judgement, after: Judgement, config: ChoiceConfig) -> Outcome:
    unlearnt = _unlearnt(before, after)
    if after.value is None and not unlearnt:
        return "not judged"
    if not unlearnt and after.value <= before.value:
        return "adapted"
    return "refused" if config.harmful == "refuse" else "kept"


def _unlearnt(before: Judgement, after: Judgement) -> bool:
    """Whether a fit on pictures retaken tells their votes worse than without it."""
    return after.nats is not None and after.nats > before.nats


def _sentence(
    outcome: Outcome, before: Judgement, after: Judgement, missing: tuple[str, ...]
) -> str:
    if outcome == "not judged":
        return f"the adaptation was kept unjudged ({'; '.join(missing)})"
    said, was, now = _SAID.get(after.criterion), before.value, after.value
    if _unlearnt(before, after):
        said, was, now = _SAID_OF_VOTES, before.nats, after.nats
    figures = f"{said}: {was:.4f} before, {now:.4f} after"
    return {
        "adapted": f"the adaptation was kept ({figures})",
        "refused": "the adaptation was refused, the source model stands as it was "
        f"({figures}; choice.harmful is refuse)",
        "kept": "the adaptation was kept although it is judged to do harm "
        f"({figures}; choice.harmful is keep)",
    }[outcome]
