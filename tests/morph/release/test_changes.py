"""Changes of predictions between two releases, against worked values."""

import numpy as np
import pandas as pd
import pytest

from morph.errors import DamagedRelease
from morph.release.changes import BINS, changes
from morph.release.folder import write_release
from morph.release.manifest import Manifest
from morph.trees.decision_tree import GZD5


def written(folder, names, smooth):
    """A release of vote fractions: ``smooth`` of each galaxy, the rest featured."""
    fractions = {f"{label}_fraction": [0.0] * len(names) for label in GZD5.labels}
    for question in GZD5.questions:
        fractions[f"{question.labels[0]}_fraction"] = [1.0] * len(names)
    first = GZD5.questions[0]
    fractions[f"{first.labels[0]}_fraction"] = smooth
    fractions[f"{first.labels[1]}_fraction"] = [1 - one for one in smooth]
    galaxies = pd.DataFrame({"iauname": names, "ra": 1.0, "dec": 2.0})
    manifest = Manifest(
        folder.name, "real", "decals", "", "", "", posterior="fraction", tree="gzd5"
    )
    write_release(
        folder, manifest, galaxies, pd.DataFrame({"iauname": names} | fractions)
    )
    return folder


def test_new_missing_and_changed_galaxies_are_counted(tmp_path):
    before = written(tmp_path / "before", ["a", "b", "c"], [0.9, 0.6, 0.2])
    after = written(tmp_path / "after", ["d", "c", "b"], [0.5, 0.1, 0.3])
    found = changes(before, after, GZD5)
    assert (found.new, found.missing, found.shared) == (1, 1, 2)
    row = found.questions.iloc[0]
    assert (row["question"], row["galaxies"]) == (GZD5.questions[0].name, 2)
    assert row["same"] == 0.5  # c stays featured, b turns featured
    # b changes by 0.3, c by 0.1, two answers each; artifact by nothing.
    assert np.isclose(row["rms"], np.sqrt((2 * 0.3**2 + 2 * 0.1**2) / 6))
    counts = found.histograms[0]
    assert counts.sum() == 2
    assert counts[np.digitize(0.1, BINS) - 1] + counts[np.digitize(0.1, BINS) - 2] == 1


def test_a_question_that_no_galaxy_reaches_has_no_numbers(tmp_path):
    before = written(tmp_path / "before", ["a"], [1.0])
    found = changes(before, before, GZD5)
    bar = found.questions.set_index("question").loc["bar"]
    assert bar["galaxies"] == 0 and np.isnan(bar["same"]) and np.isnan(bar["rms"])


def test_releases_without_common_galaxies_have_none_changed(tmp_path):
    before = written(tmp_path / "before", ["a"], [1.0])
    after = written(tmp_path / "after", ["b"], [1.0])
    found = changes(before, after, GZD5)
    assert (found.new, found.missing, found.shared) == (1, 1, 0)
    assert found.histograms.sum() == 0


def test_a_damaged_file_is_named(tmp_path):
    before = written(tmp_path / "before", ["a"], [1.0])
    (before / "posteriors.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedRelease, match="before has no posteriors of the tree"):
        changes(before, before, GZD5)
