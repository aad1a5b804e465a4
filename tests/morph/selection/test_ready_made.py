"""Ready-made samples: cuts as published, and only what a release can carry."""

from dataclasses import replace

import numpy as np
import pytest

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection.funnel import count
from morph.selection.ready_made import OURS, carried, samples_of
from morph.selection.url import from_query, to_query
from morph.trees.decision_tree import GZD5
from tests.trees import GZ2, invented

SAMPLES = samples_of(GZD5)
BY_CODE = {sample.code: sample for sample in SAMPLES}


@pytest.mark.parametrize("tree", [GZD5, GZ2], ids=lambda tree: tree.name)
def test_samples_have_codes_titles_and_answers_of_their_own(tree):
    samples = samples_of(tree)
    assert len({sample.code for sample in samples}) == len(samples)
    assert len({sample.title for sample in samples}) == len(samples)
    recipes = [
        (*sample.limits.items(), sample.certainty, sample.rule) for sample in samples
    ]
    assert len(set(recipes)) == len(samples)
    for sample in samples:
        assert set(sample.limits) <= set(tree.labels)
        assert all(one.label in tree.labels for one in sample.certainty)
    assert sum(sample.featured for sample in samples) == 8


def test_cuts_of_galaxy_zoo_2_are_those_of_the_table():
    """Willett et al. 2013, table 3, and 0.8 as for the flags of its catalogue."""
    spirals = next(one for one in samples_of(GZ2) if one.code == "arms-2")
    assert dict(spirals.limits) == {
        "t01-smooth-or-features_a02-features-or-disk": (0.43, 1),
        "t02-edgeon_a05-no": (0.715, 1),
        "t04-spiral_a08-spiral": (0.619, 1),
        "t11-arms-number_a32-2": (0.8, 1),
    }
    assert spirals.rule == "off" and "table 3" in spirals.source


def test_a_tree_without_samples_has_none(tmp_path):
    assert samples_of(invented(tmp_path)) == ()


@pytest.mark.parametrize(
    ("code", "label", "cut"),
    [
        ("featured", "smooth-or-featured_featured-or-disk", (0.7, 1)),
        ("smooth", "smooth-or-featured_smooth", (0.7, 1)),
        ("edge-on", "disk-edge-on_yes", (0.8, 1)),
        ("face-on", "disk-edge-on_yes", (0, 0.3)),
        ("strong-bars", "bar_strong", (0.8, 1)),
        ("any-bars", "bar_no", (0, 0.4)),  # strong and weak together above 0.6
        ("spirals", "has-spiral-arms_yes", (0.6, 1)),
        ("no-arms", "has-spiral-arms_yes", (0, 0.3)),
        ("arms-2", "spiral-arm-count_2", (0.75, 1)),
        ("boxy-bulges", "edge-on-bulge_boxy", (0.3, 1)),
        ("mergers", "merging_merger", (0.7, 1)),
        ("major", "merging_major-disturbance", (0.6, 1)),
        ("minor", "merging_minor-disturbance", (0.4, 1)),
    ],
)
def test_published_cuts_are_those_of_the_table(code, label, cut):
    assert dict(BY_CODE[code].limits) == {label: cut}
    assert BY_CODE[code].rule == "asked"
    assert "table 2" in BY_CODE[code].source


def test_a_sample_counts_what_its_cut_says(shared_con, plain):
    rows = shared_con.execute(f"SELECT * FROM {plain.table}").df()
    kept = (rows["bar_asked"] >= np.float32(0.5)) & (
        rows["bar_strong_probability"] >= np.float32(0.8)
    )
    selection = BY_CODE["strong-bars"].selection(plain)
    assert count(shared_con, plain, selection) == kept.sum()


def test_a_sample_is_its_link(plain):
    for selection in carried(plain, SAMPLES).values():
        found = from_query(to_query(selection), plain)
        assert (found.selection, found.notices) == (selection, ())


def test_releases_leave_out_what_they_cannot_carry(plain, fractions):
    assert set(carried(plain, SAMPLES)) == set(BY_CODE)
    missing = set(BY_CODE) - set(carried(fractions, SAMPLES))
    assert missing == {c for c, sample in BY_CODE.items() if sample.certainty}
    manifest = replace(plain.manifest, not_learnt=("bar",))
    unlearnt: LoadedRelease = replace(plain, manifest=manifest)
    assert "any-bars" not in carried(unlearnt, SAMPLES)
    assert "spirals" in carried(unlearnt, SAMPLES)
    with pytest.raises(MorphError, match="did not learn bar"):
        BY_CODE["weak-bars"].selection(unlearnt)


def test_of_votes_they_are_of_well_sampled_galaxies(plain):
    """A model's posteriors, and votes loaded by an earlier version, have no counts."""
    details = replace(plain.manifest.details, prior={"name": "uniform"})
    voted = replace(plain, manifest=replace(plain.manifest, details=details))
    bars = BY_CODE["strong-bars"]
    assert bars.selection(voted).least_votes == 20
    assert bars.selection(plain).least_votes == 0
    columns = frozenset(c for c in plain.columns if not c.endswith("_votes"))
    assert bars.selection(replace(voted, columns=columns)).least_votes == 0


def test_our_own_are_said_to_be_ours():
    assert {BY_CODE[c].source for c in ("loose-two-arms", "least-known")} == {OURS}
