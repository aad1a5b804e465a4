"""What Compare says of two releases, by what each of them is."""

from dataclasses import dataclass, replace

from morph.release.details import Details
from morph.release.manifest import FileRecord, Manifest
from pages.compare import compare_words

MODEL = Manifest("model", "real", "bmz", "", "", "", model="net")
VOTES = replace(
    MODEL,
    release_id="votes",
    survey="decals",
    model=None,
    posterior="fraction",
    details=Details(source={"file": "votes.csv"}),
    files={"votes.parquet": FileRecord("0", 1)},
)
FAINT = replace(MODEL, release_id="faint", origin="modified")


@dataclass(frozen=True)
class Loaded:
    manifest: Manifest

    @property
    def release_id(self) -> str:
        return self.manifest.release_id

    @property
    def has_votes(self) -> bool:
        return "votes.parquet" in self.manifest.files


model, votes, faint = Loaded(MODEL), Loaded(VOTES), Loaded(FAINT)


def test_the_direction_names_both_with_their_kinds():
    assert compare_words.direction(votes, model) == (
        "Changes are from **votes** (Volunteers’ votes, survey decals) to **model** "
        "(Real images, survey bmz)."
    )


def test_votes_against_a_model_measure_the_model():
    for both in ((votes, model), (model, votes)):
        text = compare_words.of_agreement(*both)
        assert "agreement compares model with volunteers" in text
        assert "Agreement is not accuracy" not in text


def test_two_models_and_two_sets_of_votes():
    assert compare_words.of_agreement(model, model) == (
        "Agreement is not accuracy: both releases may be wrong."
    )
    assert "Both releases contain vote" in compare_words.of_agreement(votes, votes)


def test_modified_images_are_named():
    text = compare_words.of_agreement(model, faint)
    assert "The images of faint were modified" in text
    assert "modified" not in compare_words.of_agreement(model, votes)


def test_without_reliability_the_reason_is_the_right_one():
    assert "No release here has volunteers’ votes" in (
        compare_words.without_reliability([model, faint])
    )
    assert compare_words.without_reliability([votes]).startswith(
        "The fractions in votes were computed from votes"
    )
