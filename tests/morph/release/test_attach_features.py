"""Features attached to a release: a child with the parent's bytes, by iauname alone."""

import numpy as np
import pandas as pd
import pytest

from morph.errors import DamagedRelease, MorphError
from morph.images.uploaded_image import encoder_of
from morph.release.attach_features import attach_features, match
from morph.release.details import Details
from morph.release.folder import read_manifest, verify_release
from morph.runs.run_files import read_json
from tests.morph.release import test_folder as made
from tests.morph.report.judged_run import write_run


@pytest.fixture
def parent(tmp_path):
    """A release with features of its own, which the child is not to have."""
    card = {"model_card.md": "# Of the parent"}
    return made.write_whole(tmp_path / "releases" / "test-1", documents=card)


def some_features(names) -> pd.DataFrame:
    vectors = np.arange(3.0 * len(names)).reshape(-1, 3).astype(np.float16)
    return pd.DataFrame({"iauname": names, "feature": list(vectors)})


def a_map(names) -> pd.DataFrame:
    x = np.arange(len(names), dtype=np.float32)
    return pd.DataFrame({"iauname": names, "umap_x": x, "umap_y": -x, "trust": x / 99})


def attached(parent, names, **changes):
    return attach_features(
        parent.parent / "child",
        parent,
        some_features(names),
        a_map(names),
        changes={"release_id": "child"} | changes,
        details=Details(features={"run": "judged-run"}),
        documents={"features_card.md": "# Of the features"},
    )


def test_the_child_is_the_parent_with_other_features(parent):
    names = made.NAMES[30:4:-1]  # in another order, and not all
    attached(parent, names, note="With features.")
    folder = parent.parent / "child"
    child, before = verify_release(folder), read_manifest(parent)
    assert (child.release_id, child.parent_release) == ("child", "test-1")
    assert child.details == Details(
        features={"run": "judged-run"}, other={"galaxies tried": 40}
    )
    for name in ("galaxies.parquet", "posteriors.parquet", "samples.parquet"):
        assert child.files[name] == before.files[name]
        assert (folder / name).read_bytes() == (parent / name).read_bytes()
    assert (folder / "model_card.md").read_text() == "# Of the parent"
    assert (folder / "features_card.md").read_text() == "# Of the features"
    found = pd.read_parquet(folder / "features.parquet")
    order = pd.read_parquet(folder / "galaxies.parquet")["iauname"].tolist()
    assert found["iauname"].tolist() == [name for name in order if name in names]
    wanted = some_features(names).set_index("iauname")["feature"]
    for name, vector in zip(found["iauname"], found["feature"], strict=True):
        np.testing.assert_array_equal(vector, wanted[name])
    place = pd.read_parquet(folder / "projection.parquet").set_index("iauname")
    assert place.loc[names[3], "umap_x"] == 3.0


def test_a_damaged_parent_has_no_child(parent):
    with (parent / "galaxies.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedRelease):
        attached(parent, made.NAMES[:5])


@pytest.mark.parametrize("names", [["J1", "J2"], [made.NAMES[0]] * 2])
def test_other_or_repeated_galaxies_are_refused(parent, names):
    with pytest.raises(MorphError, match="features: a galaxy is repeated, or not"):
        attached(parent, names)


def test_a_match_counts_what_either_side_lacks(parent):
    names = np.array(["J-other", *made.NAMES[:30], "J-another"], dtype=object)
    found = match(parent, names)
    assert found.rows.tolist() == list(range(1, 31))
    assert (found.without_image, found.not_in_release) == (10, 2)
    assert found.words == (
        "features of 30 of 40 galaxies; 10 have no image; 2 images are of other "
        "galaxies"
    )
    everything = match(parent, np.array(made.NAMES))
    assert everything.words == "features of 40 of 40 galaxies"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([*made.NAMES[:3], made.NAMES[1]], "1 galaxies have two images .first: J"),
        (["a", "b"], "none of the 2 images is of a galaxy in test-1"),
        ([made.NAMES[0], ""], "1 images have no iauname"),
        ([made.NAMES[0], None], "1 images have no iauname"),
    ],
)
def test_wrong_names_are_named(parent, names, said):
    with pytest.raises(MorphError, match=said):
        match(parent, np.array(names, dtype=object))


def test_a_picture_is_looked_at_by_the_model_of_the_features(parent, tmp_path):
    """The answers' own model is another one, or none."""
    folder = write_run(tmp_path)
    child = attached(parent, made.NAMES)
    assert encoder_of(tmp_path, child).run == folder
    with pytest.raises(MorphError, match="needs a release made by"):
        encoder_of(tmp_path, child, "answers")
    assert read_json(parent / "manifest.json")["parent_run"] is None
