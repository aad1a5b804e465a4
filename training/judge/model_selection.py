"""Model selection without votes: which epoch to keep, and whether to adapt at all.

After each epoch the model is judged (`training.judge.judgement`) as it would be after
the following steps without learning. A fit without votes keeps the epoch with the
smallest disagreement on galaxies imaged by both surveys, if any are named; a fit to
votes keeps its last epoch, because it disagrees more with the source model the more it
learns. The final model is compared with the source model by all criteria
(`training.judge.verdicts`): better, worse, or cannot be told. If it is worse, or if
that cannot be told, the run goes on with the source model's weights unless its config
says otherwise, and records this in ``choice.json`` and the model's description. See
docs/model_choice.md.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from morph.runs.config_adaptation import ChoiceConfig
from morph.runs.run_files import read_events
from training.fit.loop import Fit
from training.fit.ranks_and_devices import FollowingRun
from training.judge.collapse_signs import pair_alarms
from training.judge.domain_classifier import PopulationTest
from training.judge.judgement import Judgement, changes, judge
from training.judge.reference import Reference
from training.judge.verdicts import UNTOLD, Change, Verdict, overall
from training.network.model import GalaxyModel
from training.survey_differences.adaptation_context import Adaptation

# The adapted model: "adapted" is judged better, "kept" is not; or the source model.
Outcome = Literal["adapted", "kept", "refused"]
Statistics = Callable[[Adaptation], None]  # a step that learns nothing

_MEASURES = {
    "pairs": "disagreement with the source model on galaxies imaged by both surveys",
    "remaining": "disagreement with the source model on galaxies imaged by both "
    "surveys, minus the part learnt from votes",
    "conditional": "shift of the mean vote fractions at equal magnitude and size",
    "votes": "loss of held-out votes on mock observations of the target (nats per "
    "galaxy)",
}
_WORDS = {"mag_r": "magnitude", "radius_arcsec": "radius", "redshift": "redshift"}
_RESULTS = {
    "better": "the adapted model is better than the source model",
    "worse": "the adapted model is worse than the source model",
    "cannot be told": "it cannot be told whether the adapted model is better than the "
    "source model",
}


@dataclass(frozen=True)
class ModelChoice:
    """The outcome of an adaptation, and why.

    ``changes`` are all criteria with their intervals; ``population`` is the test for a
    target with another population of galaxies, None if no property is known.
    """

    outcome: Outcome
    verdict: Verdict
    sentence: str
    changes: tuple[Change, ...]
    population: PopulationTest | None
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
    config = replace(config, adabn=replace(config.adabn, galaxies=fewer))

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
    setup, settled = reference.setup, None
    before, after = (judge(reference, m) for m in (setup.unadapted, setup.model))
    if setup.config.simulates and reference.twins is not None:
        together, quiet = reference.reobserved.together, FollowingRun(setup.run.folder)
        for step in settling:
            mocks = replace(setup, run=quiet, target=together, population=None)
            step(replace(mocks, model=learnt))
        settled = learnt
    found = changes(reference, setup.model, settled)
    verdict, ground = overall(found)
    outcome, action = _outcome(verdict, setup.config.choice)
    sentence = f"{_RESULTS[verdict]} ({_ground(ground, found, reference)}); {action}"
    return ModelChoice(
        outcome=outcome,
        verdict=verdict,
        sentence=sentence,
        changes=found,
        population=reference.population,
        unadapted=before,
        adapted=after,
        missing=reference.missing,
    )


def _outcome(verdict: Verdict, config: ChoiceConfig) -> tuple[Outcome, str]:
    """What becomes of the adapted model, also in words."""
    if verdict == "better":
        return "adapted", "it was kept"
    name = "harmful" if verdict == "worse" else "unclear"
    setting = f'choice.{name} is "{getattr(config, name)}"'
    if getattr(config, name) == "keep":
        return "kept", f"it was kept nevertheless ({setting})"
    return "refused", f"the source model was kept unchanged ({setting})"


def _ground(
    ground: Change | None, found: Sequence[Change], reference: Reference
) -> str:
    """What a verdict rests on, and which criteria were left out."""
    missing, parts = "; ".join(reference.missing), []
    if ground is not None:
        parts.append(_figures(ground))
    if missing and (ground is None or ground.verdict == UNTOLD):
        parts.append(missing)
    parts += [
        f"the {_MEASURES[one.criterion]} was not used: {one.doubt}"
        for one in found
        if one.doubt
    ]
    test = reference.population
    if test is not None and test.other:
        names = ", ".join(_WORDS[name] for name in test.properties)
        parts.append(
            f"by {names}, the galaxies of the two surveys are from different "
            f"populations (AUC {test.auc:.2f}, {test.low:.2f} to {test.high:.2f}; 0.50 "
            "for one population)"
        )
        if _with_target_statistics(reference.setup):
            parts.append(
                "AdaBN took the statistics of the target's images as they are, because "
                "only mock observations show what the population changes in them"
            )
    elif test is None:
        parts.append("no property of the galaxies is known to compare populations by")
    return "; ".join(parts) or "no measure is available"


def _with_target_statistics(setup: Adaptation) -> bool:
    """Whether AdaBN could not give the target the source's population, as asked."""
    asked = setup.config.adabn.population == "source" and "adabn" in setup.config.steps
    return asked and setup.population is None


def _figures(one: Change) -> str:
    chance = "" if one.chance is None else f", {one.chance:.4f} expected by chance"
    return (
        f"{_MEASURES[one.criterion]}: {one.before:.4f} before, {one.after:.4f} after"
        f"{chance}; change {one.after - one.before:+.4f}, 95% interval {one.low:+.4f} "
        f"to {one.high:+.4f}"
    )
