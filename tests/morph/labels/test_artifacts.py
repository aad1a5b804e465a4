"""Artifacts are those of any question, by the majority."""

from morph.labels.artifacts import artifacts
from tests.morph.labels.acts import act, undo


def test_artifacts_of_any_question_by_the_majority():
    wrong = act("ann", "J3", "Artifact")
    one = [
        act("ann", "J1", "Artifact"),
        act("ann", "J2", "Artifact"),
        act("bob", "J2", "Ring"),
        wrong,
        undo(wrong),
    ]
    tags = [act("ann", "J4", "blue", "satellite artefact"), act("ann", "J5", "ring")]
    assert artifacts([one, tags]) == {"J1", "J4"}
    assert artifacts([]) == set()
