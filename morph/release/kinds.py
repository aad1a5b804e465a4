"""What a release is: which images were classified, and by whom."""

import re
from dataclasses import dataclass
from typing import Literal

from morph.release.manifest import SIMULATED, Manifest, Origin

Answers = Literal["votes", "model", "table", "unstated"]

# Releases made before there was an origin "modified" say so in title or note.
_MODIFIED = re.compile(r"(?i)\bartificial(ly)?[ -](redshift|degrad|blur|dimm)")

_WORDS: dict[Origin, str] = {
    "real": "Real images",
    "modified": "Modified images",
    "simulated": "Simulated",
    "demonstration": "Demonstration",
}
VOTES = "Volunteers’ votes"
_IMAGES: dict[Origin, str] = {
    "real": "Images of the sky, as observed by the survey {survey}.",
    "modified": (
        "Images of real galaxies that were modified, for example artificially "
        "redshifted or degraded, before they were classified: not a classification of "
        "the observed images."
    ),
    "simulated": "Simulated galaxies; none is real.",
    "demonstration": "Simulated galaxies for trying out morph; none is real.",
}
_ANSWERS: dict[Answers, str] = {
    "votes": "The {numbers} volunteers’ votes{prior}; no model predicted them.",
    "model": "Predicted by a model: {model}.",
    "table": "The numbers were imported from a table{file}.",
    "unstated": "",
}
_SIMULATED_VOTES = "The {numbers} simulated votes{prior}."


@dataclass(frozen=True)
class Kind:
    """One kind of release: ``word`` names it, ``meaning`` explains it."""

    images: Origin
    answers: Answers
    word: str
    meaning: str
    prior: str = ""  # in words, of posteriors that are votes and a prior

    @property
    def is_votes(self) -> bool:
        """Whether its fractions come from votes rather than from predictions."""
        return self.answers == "votes"

    @property
    def fractions(self) -> str:
        """What its numbers are, in two or three words."""
        if self.prior:
            return "Expected vote fractions"
        words = {"votes": "Fractions of the votes", "model": "Predicted vote fractions"}
        return words.get(self.answers, "Vote fractions")


def kind_of(manifest: Manifest) -> Kind:
    """The kind of a release, told from its manifest; earlier ones included."""
    images, answers = _images(manifest), _answers(manifest)
    word = VOTES if (images, answers) == ("real", "votes") else _WORDS[images]
    simulated = answers == "votes" and images in SIMULATED
    sentences = [
        _IMAGES[images],
        _SIMULATED_VOTES if simulated else _ANSWERS[answers],
    ]
    if manifest.created:
        sentences.append("Release of {created}.")
    file = (manifest.details.source or {}).get("file")
    prior = _prior(manifest)
    numbers = (
        "concentrations are counts of" if prior else "fractions were computed from"
    )
    meaning = " ".join(filter(None, sentences))
    for name, text in (
        ("numbers", numbers),
        ("survey", manifest.survey),
        ("model", (manifest.model or "").rstrip(".")),
        ("file", f" ({file})" if file else ""),
        ("created", manifest.created[:10]),
        ("prior", f" plus the prior ({prior})" if prior else ""),
    ):
        meaning = meaning.replace(f"{{{name}}}", text)  # braces in a name stay
    return Kind(images, answers, word, meaning, prior)


def _images(manifest: Manifest) -> Origin:
    described = f"{manifest.title} {manifest.note}"
    if manifest.origin == "real" and _MODIFIED.search(described):
        return "modified"
    return manifest.origin


def _prior(manifest: Manifest) -> str:
    """The prior of posteriors of votes in words; "" where they have none."""
    details = manifest.details
    if details.prior is None:
        return ""
    per_answer = details.prior_per_answer
    each = "" if per_answer is None else f", {per_answer:g} per answer"
    return f"{details.prior.get('name', 'not stated')}{each}"


def _answers(manifest: Manifest) -> Answers:
    """Posteriors with a prior are those of votes, and so were fractions with votes
    beside them, in releases made before there were priors.
    """
    if manifest.details.prior is not None:
        return "votes"
    imported = manifest.details.source is not None
    fractions = manifest.posterior == "fraction"
    if imported and fractions and "votes.parquet" in manifest.files:
        return "votes"
    if manifest.model:
        return "model"
    return "table" if imported else "unstated"
