"""What a release is said to be, for every kind, and for releases made before."""

from dataclasses import replace

import pytest

from morph.release.details import Details
from morph.release.kinds import kind_of
from morph.release.manifest import FileRecord, Manifest

REAL = Manifest("one", "real", "decals", "Title", "", "", created="2026-11-29T01:02:03")
IMPORTED = Details(source={"file": "table{model}.csv"})
VOTES = replace(
    REAL,
    posterior="fraction",
    details=IMPORTED,
    files={"votes.parquet": FileRecord("0", 1)},
)

KINDS = {
    "predicted": (replace(REAL, model="net fitted to votes"), "Real images"),
    "imported": (replace(REAL, details=IMPORTED), "Real images"),
    "fractions": (replace(REAL, posterior="fraction"), "Real images"),
    "modified": (replace(REAL, origin="modified"), "Modified images"),
    "votes": (VOTES, "Volunteers’ votes"),
    "simulated": (replace(REAL, origin="simulated"), "Simulated"),
    "demonstration": (replace(REAL, origin="demonstration"), "Demonstration"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_word_and_the_date_of_the_release(name):
    manifest, word = KINDS[name]
    kind = kind_of(manifest)
    assert kind.word == word
    assert kind.meaning.endswith("Release of 2026-11-29.")
    assert ("observed by the survey decals" in kind.meaning) == (kind.images == "real")


def test_a_model_is_named_only_where_there_is_one():
    assert "Predicted by a model: net fitted to votes." in (
        kind_of(KINDS["predicted"][0]).meaning
    )
    for name in set(KINDS) - {"predicted", "votes"}:
        assert "model" not in kind_of(KINDS[name][0]).meaning.replace("{model}", "")
    assert "(table{model}.csv)" in kind_of(KINDS["imported"][0]).meaning
    assert "no model predicted them" in kind_of(VOTES).meaning


def test_votes_are_named_as_votes():
    assert kind_of(VOTES).is_votes
    assert kind_of(VOTES).fractions == "Fractions of the votes"
    simulated = kind_of(replace(VOTES, origin="simulated"))
    assert (simulated.is_votes, simulated.word) == (True, "Simulated")
    assert "computed from simulated votes" in simulated.meaning
    # Votes beside the posteriors of a model do not make them votes.
    beside = replace(VOTES, posterior="concentration", model="net")
    assert not kind_of(beside).is_votes
    assert kind_of(beside).fractions == "Predicted vote fractions"


def test_posteriors_of_votes_name_their_prior():
    prior = {"name": "jeffreys", "per_answer": 0.5, "source": "Jeffreys 1946"}
    manifest = replace(
        VOTES, posterior="concentration", details=replace(IMPORTED, prior=prior)
    )
    kind = kind_of(manifest)
    assert (kind.is_votes, kind.word) == (True, "Volunteers’ votes")
    assert kind.prior == "jeffreys, 0.5 per answer"
    assert kind.fractions == "Expected vote fractions"
    assert (
        "The concentrations are counts of volunteers’ votes plus the prior (jeffreys, "
        "0.5 per answer); no model predicted them." in kind.meaning
    )
    simulated = kind_of(replace(manifest, origin="simulated")).meaning
    assert "counts of simulated votes plus the prior (jeffreys" in simulated
    # What a later version may write is not shown as a number.
    strange = replace(manifest, details=Details(prior={"name": "of {model}"}))
    assert "plus the prior (of {model})" in kind_of(strange).meaning


@pytest.mark.parametrize(
    "described",
    [
        {"title": "DECaLS galaxies artificially redshifted, step 2 of 6"},
        {"note": "The same 1,628 DECaLS galaxies were artificially redshifted."},
        {"note": "Artificial-degradation test"},
    ],
)
def test_modified_images_are_known_in_releases_made_before(described):
    assert kind_of(replace(REAL, **described)).word == "Modified images"


def test_other_words_about_redshifts_do_not_make_images_modified():
    note = "Redshifts from SDSS; artificial satellites were removed."
    assert kind_of(replace(REAL, note=note)).word == "Real images"
    assert kind_of(replace(REAL, created="")).meaning.endswith("by the survey decals.")
