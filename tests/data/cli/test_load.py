"""`data load`: a table becomes a release, as it is or not at all."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

from data.tables import publish_table
from morph.release.folder import read_manifest, verify_release
from morph.trees.decision_tree import GZD5
from tests.data.cli.commands import ROOT, in_catalogue, load, release_names

REAL = ROOT.parent / "shared" / "real"
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"the real tables are not at {REAL}; see its README"
)
COLUMNS = [f"{label}_concentration" for label in GZD5.labels]


def test_load_writes_a_release_and_loads_it(root, table, run, concentrations):
    told = run(*load(table), "--json")
    expected = {"release": "mine", "galaxies": 12, "origin": "real", "survey": "decals"}
    assert told | expected | {"state": "loaded"} == told
    verify_release(root / "releases" / "mine")
    found = in_catalogue(root)["mine"].set_index("iauname")
    given = concentrations.set_index("iauname")
    np.testing.assert_array_equal(found.loc[given.index, COLUMNS], given[COLUMNS])


def test_concentrations_of_random_ids_are_those_of_the_file(root, run, tmp_path):
    rng = np.random.default_rng(11)
    ra, dec = rng.uniform(0, 360, 3000), rng.uniform(-80, 80, 3000)
    alpha = pd.DataFrame(1 + 100 * rng.random((3000, 34)).round(6), columns=COLUMNS)
    path = tmp_path / "table.csv.gz"
    alpha.assign(ra=ra, dec=dec, id_str=[f"g{i}" for i in range(3000)]).to_csv(path)
    assert run(*load(path), "--json")["galaxies"] == 3000
    found = in_catalogue(root)["mine"].set_index("source_id")
    for row in rng.choice(3000, 20, replace=False):
        assert found.loc[f"g{row}", COLUMNS].tolist() == alpha.loc[row].tolist()
        assert found.loc[f"g{row}", "ra"] == ra[row]


@needs_real
@pytest.mark.parametrize("step", [1, 4])
def test_the_real_posteriors_load_as_they_are(step, root, run):
    path = REAL / "posteriors" / f"decals_1628_step{step}.csv.gz"
    told = run(*load(path, "real-decals"), "--json")
    assert told["galaxies"] == 1628 and told["origin"] == "modified"
    assert f"redshifted in six steps. This is step {step}." in told["note"]
    (listed,) = run("status", "--json")["releases"]
    assert listed["release"] == "real-decals" and listed["origin"] == "modified"
    assert listed["state"] == "loaded" and listed["note"] == told["note"]
    found = in_catalogue(root)["real-decals"].set_index("iauname")
    given = pd.read_csv(path, dtype=str).set_index("iauname").map(float)
    for name in np.random.default_rng(step).choice(given.index, 20, replace=False):
        assert found.loc[name, COLUMNS].tolist() == given.loc[name, COLUMNS].tolist()


@needs_real
@pytest.mark.parametrize(
    ("name", "galaxies", "placed"),
    [("gzd5_full_tree", 1089, 960), ("gzd5_first_question", 7828, 7828)],
)
def test_the_real_votes_load_as_they_are(name, galaxies, placed, root, run):
    path = REAL / "votes" / f"{name}.csv"
    told = run(*load(path, "votes"), "--json")
    assert told["galaxies"] == galaxies and told["posterior"] == "concentration"
    assert "no model" in told["note"]
    found = in_catalogue(root)["votes"]
    assert len(found) == galaxies and found["ra"].notna().sum() == placed
    given = pd.read_csv(path, dtype={"subject_id": str}).set_index("subject_id")
    single = found[~found["source_id"].str.contains("|", regex=False)]
    counts = given.loc[single["source_id"]]
    total = counts["smooth-or-featured_total-votes"]
    expected = (counts["smooth-or-featured_smooth"] + 1) / (total + 3)
    smooth = single["smooth-or-featured_smooth_probability"]
    np.testing.assert_allclose(smooth, expected, rtol=1e-6)
    assert single["smooth-or-featured_votes"].tolist() == total.tolist()
    kept = read_manifest(root / "releases" / "votes").details.prior
    assert (kept["name"], kept["per_answer"]) == ("uniform", 1.0)


def test_the_prior_of_votes_is_chosen_on_the_command_line(root, run, tmp_path):
    votes = {label: [3, 0] for label in GZD5.labels}
    table = pd.DataFrame({"ra": [10.0, 20.0], "dec": [1.0, 2.0], **votes})
    table["bar_total-votes"] = [9, 0]
    table.to_csv(tmp_path / "votes.csv", index=False)
    told = run(*load(tmp_path / "votes.csv"), "--prior", "jeffreys", "--json")
    assert "prior (jeffreys, 0.5 per answer)" in told["note"]
    found = in_catalogue(root)["mine"].set_index("ra")
    assert found["bar_strong_concentration"].to_dict() == {10.0: 3.5, 20.0: 0.5}
    assert found["bar_votes"].to_dict() == {10.0: 9, 20.0: 0}
    prior = read_manifest(root / "releases" / "mine").details.prior
    assert prior["name"] == "jeffreys" and "Jeffreys 1946" in prior["source"]
    run(*load(tmp_path / "votes.csv"), "--prior", "jeffreys", "--json")  # no change
    again = load(tmp_path / "votes.csv")
    assert "a different order" in run(*again, "--json", expect=1)["error"]


def test_the_shown_command_works_from_a_shell(root, table):
    command = [sys.executable, "-m", "data", *map(str, load(table)), "--json"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(told.stdout)["galaxies"] == 12


def test_loading_the_same_again_changes_nothing(root, table, run):
    first = run(*load(table), "--json")
    written = read_manifest(root / "releases" / "mine")
    assert run(*load(table), "--json") == first
    assert read_manifest(root / "releases" / "mine") == written
    assert len(in_catalogue(root)["mine"]) == 12


def test_a_taken_name_is_refused_and_says_what_to_do(root, table, run, tmp_path):
    run(*load(table))
    other = tmp_path / "other.csv"
    pd.read_csv(table).head(5).to_csv(other, index=False)
    before = read_manifest(root / "releases" / "mine")
    for command in (load(other), load(table, "mine", "--note", "Another note.")):
        told = run(*command, "--json", expect=1)
        assert "python -m data remove mine" in told["error"]
    assert read_manifest(root / "releases" / "mine") == before


def test_title_note_and_origin_can_be_given(root, table, run):
    words = ("--title", "My table", "--note", "Made up.", "--origin", "simulated")
    told = run(*load(table, "mine", *words), "--json")
    assert told["title"] == "My table" and told["note"] == "Made up."
    assert told["origin"] == "simulated"


@pytest.mark.parametrize(
    ("name", "survey"),
    [("../out", "decals"), (".hidden", "decals"), ("A", "decals"), ("a", "De Cals")],
)
def test_names_that_could_leave_their_folder_are_refused(
    name, survey, root, table, run
):
    told = run("load", table, "--release", name, "--survey", survey, "--json", expect=1)
    assert "use 1 to" in told["error"]
    assert not root.exists()


def test_a_table_needs_a_name_and_a_survey(table, run):
    assert "--release" in run("load", table, expect=1)


def test_tables_of_the_file_that_are_left_out_are_told(
    concentrations, root, run, tmp_path
):
    path = tmp_path / "two.fits"
    other = fits.table_to_hdu(Table({"a": [1], "b": [2]}))
    mine = fits.table_to_hdu(Table.from_pandas(concentrations))
    other.name, mine.name = "OTHER", "MINE"
    fits.HDUList([fits.PrimaryHDU(), other, mine]).writeto(path)
    told = run(*load(path))
    assert "mine: 12 galaxies" in told
    assert "left out: table 'OTHER' (1 rows) was not read" in told


def test_what_is_in_doubt_can_be_said(concentrations, root, run, tmp_path):
    path = tmp_path / "doubt.csv"
    table = concentrations.rename(columns=lambda c: c.removesuffix("_concentration"))
    table[table.columns[3:]] = table[table.columns[3:]].round()
    table["dec"] = table["dec"].to_numpy()[::-1]
    table.to_csv(path, index=False)
    assert "--positions-from names" in run(*load(path), expect=1)
    said = ("--positions-from", "names", "--as", "concentrations", "--json")
    told = run(*load(path, "mine", *said))
    assert told["posterior"] == "concentration"
    assert told["report"]["values"] == "read as concentrations"
    assert told["report"]["positions taken from names"].startswith("12 names")
    order = read_manifest(root / "releases" / "mine").details.order
    assert order["values"] == "concentrations" and order["positions_from"] == "names"
    assert run(*load(path, "mine", *said)) == told
    assert "different order" in run(*load(path, "mine", *said[:2]), expect=1)


@pytest.mark.parametrize("command", ["load", "status", "remove"])
def test_a_home_that_is_a_file_is_told_in_a_sentence(command, table, run, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(table))
    words = {"load": load(table), "remove": ("remove", "mine")}
    told = run(*words.get(command, (command,)), expect=1)
    assert told.count("\n") == 1
    assert "which is a file; set it to a folder that you may write to" in told


def test_a_home_that_cannot_be_made_is_told_in_a_sentence(table, run, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", "/proc/morph")
    told = run(*load(table), expect=1)
    assert told.count("\n") == 1 and "MORPH_HOME is /proc/morph" in told


def test_a_table_in_parts_is_a_folder(concentrations, root, run, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    concentrations[:5].to_parquet(folder / "part-0.parquet")
    concentrations[5:].to_parquet(folder / "part-1.parquet")
    assert run(*load(folder), "--json")["galaxies"] == 12


def test_a_refused_table_leaves_nothing_behind(root, run, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("iauname,ra,dec\nJ1,1,2\n")
    assert "34" in run(*load(path), expect=1)
    assert not root.exists()


def test_a_load_that_fails_half_way_leaves_nothing_behind(
    root, table, run, monkeypatch
):
    def fail(folder, *_, **__):
        (folder / "galaxies.parquet").write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(publish_table, "write_release", fail)
    with pytest.raises(OSError, match="No space"):
        run(*load(table))
    assert release_names(root) == []


def test_what_a_killed_load_left_is_no_release_and_goes_in_time(root, table, run):
    left = root / "releases" / ".mine.1.tmp"
    left.mkdir(parents=True)
    (left / "galaxies.parquet").write_bytes(b"half")
    assert run("status", "--json")["releases"] == []
    run(*load(table))
    assert left.exists()  # it may be another load that is still writing
    os.utime(left, (0, 0))
    run("remove", "mine")
    run(*load(table))
    assert not left.exists()


def test_a_table_is_loaded_with_its_citation_and_licence(root, run, table):
    stated = ("--citation", "Me 2026", "--licence", "CC BY 4.0", "--credit", "Us")
    text = run(*load(table, "mine", *stated))
    assert "Cite: Me 2026. Credit: Us" in text and "Licence: CC BY 4.0" in text
    manifest = read_manifest(root / "releases" / "mine")
    assert (manifest.citation, manifest.licence) == ("Me 2026. Credit: Us", "CC BY 4.0")
    assert "with a different order" in run(*load(table, "mine"), expect=1)
