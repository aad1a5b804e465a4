"""Release folders: read back as written, and found out whatever is changed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from morph.errors import DamagedRelease, MorphError
from morph.release.details import Details
from morph.release.folder import (
    Manifest,
    posterior_columns,
    read_manifest,
    verify_release,
    write_release,
)
from morph.sky import healpix_29
from morph.trees.decision_tree import GZD5

GALAXIES = 40
NAMES = [f"J{i:06d}.00+000000.0" for i in range(GALAXIES)]
MANIFEST = Manifest(
    release_id="test-1",
    origin="simulated",
    survey="bmz",
    title="A test",
    note="Made by a test.",
    citation="Nobody 2026",
    details=Details(other={"galaxies tried": 40}),
)


def galaxies() -> pd.DataFrame:
    random = np.random.default_rng(0)
    ra, dec = random.uniform(0, 360, GALAXIES), random.uniform(-90, 90, GALAXIES)
    return pd.DataFrame({"iauname": NAMES, "ra": ra, "dec": dec})


def posteriors(kind: str = "concentration") -> pd.DataFrame:
    values = np.random.default_rng(1).uniform(1, 101, (GALAXIES, 34))
    values = values / 101 if kind == "fraction" else values
    table = pd.DataFrame(values, columns=posterior_columns(GZD5, kind))
    table.insert(0, "iauname", NAMES)
    return table


def samples() -> pd.DataFrame:
    passes = [posteriors().assign(**{"pass": number}) for number in range(2)]
    columns = ["iauname", "pass", *posterior_columns(GZD5, "concentration")]
    return pd.concat(passes, ignore_index=True)[columns]


def features() -> pd.DataFrame:
    vectors = np.random.default_rng(2).normal(size=(GALAXIES, 5)).astype(np.float16)
    return pd.DataFrame({"iauname": NAMES, "feature": list(vectors)})


def write_whole(folder: Path, **more) -> Path:
    """A release with passes and features, and what else `write_release` takes."""
    parts = {"samples": samples(), "features": features()}
    write_release(folder, MANIFEST, galaxies(), posteriors(), **parts, **more)
    return folder


@pytest.fixture
def written(tmp_path):
    folder = tmp_path / "release"
    write_release(
        folder,
        MANIFEST,
        galaxies(),
        posteriors(),
        samples=samples(),
        votes=pd.DataFrame({"iauname": NAMES[:3], "bar_no": [1, 2, 3]}),
        features=features(),
        projection=pd.DataFrame(
            {"iauname": NAMES, "umap_x": 0.0, "umap_y": 1.0, "trust": 0.5}
        ),
    )
    return folder


def test_tables_read_back_as_they_were_written(written):
    found = pd.read_parquet(written / "posteriors.parquet").set_index("iauname")
    expected = posteriors().set_index("iauname").loc[found.index]
    pd.testing.assert_frame_equal(found, expected)
    found = pd.read_parquet(written / "features.parquet")
    expected = dict(zip(NAMES, features()["feature"], strict=True))
    for name, vector in found.itertuples(index=False):
        np.testing.assert_array_equal(vector, expected[name])
        assert vector.dtype == np.float16


def test_galaxies_are_sorted_by_their_place_on_the_sky(written):
    found = pd.read_parquet(written / "galaxies.parquet")
    assert found["_healpix_29"].is_monotonic_increasing
    given = galaxies().set_index("iauname").loc[found["iauname"]]
    index = healpix_29(given["ra"].to_numpy(), given["dec"].to_numpy())
    np.testing.assert_array_equal(found["_healpix_29"], index)


def test_tables_follow_the_order_of_the_galaxies(written):
    names = pd.read_parquet(written / "galaxies.parquet")["iauname"].tolist()
    found = pd.read_parquet(written / "posteriors.parquet")["iauname"].tolist()
    assert found == names
    of_samples = pd.read_parquet(written / "samples.parquet")
    assert of_samples["iauname"].tolist() == [name for name in names for _ in range(2)]
    assert of_samples["pass"].tolist() == [0, 1] * GALAXIES


def test_the_manifest_reads_back_and_counts(written):
    manifest = read_manifest(written)
    assert manifest == verify_release(written)
    assert manifest.galaxies == GALAXIES
    assert replace(manifest, files={}, created="", galaxies=0) == MANIFEST
    assert set(manifest.files) == {path.name for path in written.glob("*.parquet")}
    for name, record in manifest.files.items():
        assert record.bytes == (written / name).stat().st_size
        assert record.rows == pq.read_metadata(written / name).num_rows


def test_a_manifest_of_before_licences_were_noted_is_read(written):
    path = written / "manifest.json"
    value = json.loads(path.read_text())
    assert value.pop("licence") == ""
    path.write_text(json.dumps(value))
    assert read_manifest(written).licence == ""


def test_galaxies_without_a_position_stay(tmp_path):
    table = galaxies()
    table.loc[3, ["ra", "dec"]] = np.nan
    write_release(tmp_path, MANIFEST, table, posteriors())
    found = pd.read_parquet(tmp_path / "galaxies.parquet")
    assert found["iauname"].iloc[0] == NAMES[3]
    assert found["_healpix_29"].iloc[0] == -1
    assert len(found) == GALAXIES


def test_fractions_may_be_unknown(tmp_path):
    table = posteriors("fraction")
    table.loc[0, "bar_no_fraction"] = np.nan
    manifest = replace(MANIFEST, posterior="fraction")
    assert write_release(tmp_path, manifest, galaxies(), table).galaxies == GALAXIES


@pytest.mark.parametrize("name", ["posteriors.parquet", "features.parquet"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.999])
def test_one_changed_byte_is_found(written, name, share):
    path = written / name
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedRelease, match=f"{name} does not match"):
        verify_release(written)


def test_a_lost_or_longer_file_is_found(written):
    with (written / "votes.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedRelease, match=r"votes\.parquet does not match"):
        verify_release(written)
    (written / "votes.parquet").unlink()
    with pytest.raises(DamagedRelease, match=r"lacks 'votes\.parquet'"):
        verify_release(written)


def test_a_folder_without_a_manifest_is_no_release(written):
    (written / "manifest.json").unlink()
    with pytest.raises(DamagedRelease, match="not a finished release"):
        read_manifest(written)


def change(folder, **values) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    "values",
    [
        {"format": 2},
        {"colour": "blue"},
        {"files": []},
        {"files": {"galaxies.parquet": {"sha256": "0"}}},
        {"cutouts": None},
    ],
)
def test_a_manifest_of_another_form_is_refused(written, values):
    change(written, **values)
    with pytest.raises(DamagedRelease, match="cannot be read as a release manifest"):
        read_manifest(written)


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_manifest_that_is_no_json_object_is_refused(written, text):
    (written / "manifest.json").write_text(text)
    with pytest.raises(DamagedRelease, match="cannot be read as a release manifest"):
        read_manifest(written)


def test_a_manifest_cannot_name_files_elsewhere(written, tmp_path):
    (tmp_path / "secret").write_text("x")
    files = json.loads((written / "manifest.json").read_text())["files"]
    for name in ("../secret", str(tmp_path / "secret"), "..", ""):
        change(written, files=files | {name: {"sha256": "0", "bytes": 1, "rows": 1}})
        with pytest.raises(DamagedRelease, match="lacks"):
            verify_release(written)


def test_a_manifest_without_posteriors_is_no_release(written):
    files = json.loads((written / "manifest.json").read_text())["files"]
    change(written, files={"galaxies.parquet": files["galaxies.parquet"]})
    with pytest.raises(DamagedRelease, match=r"does not list posteriors\.parquet"):
        verify_release(written)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"release_id": "../x"}, "cannot be the name of a release"),
        ({"origin": "invented"}, "origin is 'invented'"),
        ({"survey": "BMz"}, "survey is 'BMz'"),
        ({"survey": "bmz; DROP"}, "survey is"),
    ],
)
def test_a_manifest_says_only_what_it_may(values, message):
    with pytest.raises(MorphError, match=message):
        replace(MANIFEST, **values)


def test_a_finished_release_is_not_written_over(written):
    with pytest.raises(MorphError, match="already holds a release"):
        write_release(written, MANIFEST, galaxies(), posteriors())


def refused(tmp_path, message, *, places=None, alpha=None, **tables) -> None:
    places = galaxies() if places is None else places
    alpha = posteriors() if alpha is None else alpha
    with pytest.raises(MorphError, match=message):
        write_release(tmp_path / "no", MANIFEST, places, alpha, **tables)
    assert not (tmp_path / "no" / "manifest.json").exists()


@pytest.mark.parametrize("value", [0.0, -1.0, 1e10, np.nan, np.inf])
def test_a_concentration_must_be_possible(tmp_path, value):
    alpha = posteriors()
    alpha.loc[7, "bar_weak_concentration"] = value
    message = f"1 concentrations are outside 0 < α.*bar_weak.* of {NAMES[7]}".replace(
        "+", r"\+"
    )
    refused(tmp_path, message, alpha=alpha)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.inf])
def test_a_fraction_must_be_one(tmp_path, value):
    table = posteriors("fraction")
    table.loc[7, "bar_weak_fraction"] = value
    manifest = replace(MANIFEST, posterior="fraction")
    with pytest.raises(MorphError, match=r"1 fractions are not in \[0, 1\]"):
        write_release(tmp_path, manifest, galaxies(), table)


def test_posteriors_have_exactly_the_columns_of_the_tree(tmp_path):
    table = posteriors()
    refused(
        tmp_path,
        "posteriors lack the columns bar_no_concentration",
        alpha=table.drop(columns="bar_no_concentration"),
    )
    refused(tmp_path, "unexpected columns", alpha=table.assign(extra=1.0))
    refused(tmp_path, "another order", alpha=table[table.columns[::-1]])


def test_every_galaxy_has_one_posterior_and_a_name_of_its_own(tmp_path):
    twice = [NAMES[1], *NAMES[1:]]
    nameless = ["", *NAMES[1:]]
    refused(
        tmp_path,
        "an iauname is repeated in galaxies",
        places=galaxies().assign(iauname=twice),
    )
    refused(tmp_path, "1 galaxies have no", places=galaxies().assign(iauname=nameless))
    refused(
        tmp_path, "repeated in posteriors", alpha=posteriors().assign(iauname=twice)
    )
    refused(tmp_path, "40 galaxies but 39 posteriors", alpha=posteriors().iloc[:-1])


def test_tables_must_not_name_other_galaxies(tmp_path):
    votes = pd.DataFrame({"iauname": ["J1"], "bar_no": [1]})
    refused(tmp_path, "votes has galaxies not in the release: J1", votes=votes)
    strange = features().assign(iauname=["J1", *NAMES[1:]])
    refused(tmp_path, "features has galaxies not in", features=strange)


def test_samples_hold_each_pass_of_a_galaxy_once(tmp_path):
    again = samples().assign(**{"pass": 0})
    refused(tmp_path, "repeat a pass of a galaxy", samples=again)
    refused(tmp_path, "lack the columns pass", samples=samples().drop(columns="pass"))
    negative = samples()
    negative.loc[0, "bar_no_concentration"] = -1.0
    refused(tmp_path, "sampled concentrations are outside 0 < α", samples=negative)


@pytest.mark.parametrize(("ra", "dec"), [(360.0, 0.0), (-1.0, 0.0), (0.0, 90.5)])
def test_positions_lie_on_the_sky(tmp_path, ra, dec):
    places = galaxies()
    places.loc[0, ["ra", "dec"]] = ra, dec
    refused(tmp_path, r"expected ra in \[0, 360\)", places=places)
