"""Model selection without votes: which epoch to keep, and whether to adapt at all.

After each epoch the model is judged (`training.judge.judgement`) as it would be after
the following steps without learning. A fit without votes keeps the epoch with the
smallest disagreement on galaxies imaged by both surveys, if any are named; a fit to
votes keeps its last epoch, because it disagrees more with the source model the more it
learns. A final model that is judged worse than the source model (on mock observations
if it learnt from these: `training.judge.reobserved`) is rejected: the run goes on with
the source model's weights and records this in ``choice.json`` and the model's
description. See docs/model_choice.md.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from morph.runs.config_adaptation import AdaBNConfig
from morph.runs.run_files import read_events
from training.fit.loop import Fit
from training.fit.ranks_and_devices import FollowingRun
from training.judge.collapse_signs import pair_alarms
from training.judge.judgement import (
    Judgement,
    Reference,
    judge,
    judge_by_mocks,
    mock_nats,
)
from training.network.model import GalaxyModel
from training.survey_differences.adaptation_context import Adaptation

Outcome = Literal["adapted", "refused", "kept", "not judged"]
Statistics = Callable[[Adaptation], None]  # a step that learns nothing

_MEASURES = {
    "pairs": "disagreement with the source model on galaxies imaged by both surveys",
    "remaining": "disagreement with the source model on galaxies imaged by both "
    "surveys, minus the part learnt from votes",
    "conditional": "shift of the mean vote fractions at equal magnitude and size",
}
_VOTES_MEASURE = "loss of the source's votes on mock observations (nats per galaxy)"


@dataclass(frozen=True)
class ModelChoice:
    """The outcome of an adaptation, and why."""

    outcome: Outcome
    sentence: str
    unadapted: Judgement
    adapted: Judgement
    missing: tuple[str, ...]  # measures that are not available, and why


def judged_as_finished(
    task: Fit, *, reference: Reference, later: Sequence[Statistics]
) -> Fit:
    """``task``, judged after each epoch, keeping its best one if the config says so.

    A copy of the model is judged after the steps ``later``, which use at most as many
    galaxies as the judgement. A fit to votes keeps its last epoch.
    """
    setup, config = reference.setup, reference.setup.config
    by_pairs = reference.twins is not None and not task.by_votes
    fewer = min(config.adabn.galaxies, config.choice.galaxies)
    config = replace(config, adabn=AdaBNConfig(fewer))

    def validate(module: nn.Module) -> dict[str, float]:
        model = copy.deepcopy(getattr(module, "model", module))
        quiet = FollowingRun(setup.run.folder)
        finished = replace(setup, model=model, run=quiet, config=config)
        for step in later:
            step(finished)
        judged = judge(reference, model)
        sentences = list(judged.alarms)
        if by_pairs:
            epochs = [e for e in read_events(setup.run.folder) if e["event"] == "epoch"]
            before = [e["pairs"] for e in epochs if e["fit"] == task.name]
            sentences += pair_alarms(before, judged.parts["pairs"])
        if sentences:
            setup.run.event("alarms", fit=task.name, sentences=sentences)
        more = {"distance": judged.distance, "neighbours": judged.neighbours}
        return judged.parts | more

    best = by_pairs and config.choice.epoch == "best"
    return replace(task, validate=validate, kept="pairs" if best else None)


def choose(
    reference: Reference, learnt: GalaxyModel, settling: Sequence[Statistics]
) -> ModelChoice:
    """Judge the adapted model in comparison with the source model.

    ``learnt`` is the adapted model before the steps without learning; ``settling`` are
    the steps that give it, in place, the statistics of the mock observations.
    """
    setup = reference.setup
    before, after = (judge(reference, m) for m in (setup.unadapted, setup.model))
    if reference.reobserved is not None:
        together, quiet = reference.reobserved.together, FollowingRun(setup.run.folder)
        for step in settling:
            step(replace(setup, model=learnt, run=quiet, target=together))
        before = replace(before, nats=mock_nats(reference, setup.unadapted))
        after = judge_by_mocks(reference, after, learnt)
    outcome, sentence = _outcome(before, after, reference)
    return ModelChoice(outcome, sentence, before, after, reference.missing)


def _outcome(
    before: Judgement, after: Judgement, reference: Reference
) -> tuple[Outcome, str]:
    """The outcome, and the measure that decides in one sentence."""
    measure, was, now = _MEASURES.get(after.criterion), before.value, after.value
    if after.nats is not None and after.nats > before.nats:
        measure, was, now = _VOTES_MEASURE, before.nats, after.nats
    if now is None:
        reasons = "; ".join(reference.missing)
        sentence = f"the adaptation was kept but could not be judged ({reasons})"
        return "not judged", sentence
    figures = f"{measure}: {was:.4f} before, {now:.4f} after"
    if now <= was:
        return "adapted", f"the adaptation was kept ({figures})"
    if reference.setup.config.choice.harmful == "keep":
        kept = "the adaptation was kept although it was judged harmful"
        return "kept", f'{kept} ({figures}; choice.harmful is "keep")'
    rejected = "the adaptation was rejected and the source model kept unchanged"
    return "refused", f'{rejected} ({figures}; choice.harmful is "refuse")'
