"""The citation of a loaded table: changed in its manifest and in the catalogue."""

import pandas as pd
import pytest

from data.tables.publish_table import TableRelease, publish_table
from morph.catalogue import release_table
from morph.catalogue.connection import connect
from morph.catalogue.sync import sync
from morph.errors import MorphError
from morph.release.citation import Cited, cited, restate
from morph.release.folder import verify_release
from morph.trees.decision_tree import GZD5


@pytest.fixture
def folder(tmp_path):
    """A release of two galaxies with votes."""
    table = {"ra": [1.0, 2.0], "dec": [3.0, 4.0]}
    table |= {f"{label}_count": [1, 2] for label in GZD5.labels}
    pd.DataFrame(table).to_csv(tmp_path / "t.csv", index=False)
    order = TableRelease("mine", "decals", citation="A 2020", credit="B", licence="C")
    publish_table(tmp_path, tmp_path / "t.csv", order)
    return tmp_path / "releases" / "mine"


def test_what_load_states_is_read_in_its_parts(folder):
    manifest = verify_release(folder)
    assert manifest.citation == "A 2020. Credit: B"
    assert cited(manifest) == Cited("A 2020", "C", "B")


def test_another_citation_is_in_the_catalogue_without_loading_it_again(
    folder, tmp_path
):
    with connect(tmp_path / "c.duckdb") as con:
        sync(con, folder.parent)
        before = release_table.release(con, "mine")
        restate(folder, Cited("D 2021", "", "E and F"))
        release_table.restated(con, "mine", folder)
        after = release_table.release(con, "mine")
        assert after.manifest == verify_release(folder)
        assert after.manifest.citation == "D 2021. Credit: E and F"
        assert after.manifest.licence == ""
        assert (after.sequence, after.loaded) == (before.sequence, before.loaded)
        assert after.key != before.key  # what was computed with the old words is not
        assert sync(con, folder.parent) == []
        assert con.table(after.table).shape[0] == 2


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Cited("", "x"), "the citation is empty"),
        (Cited("a\nb"), "several lines; expected one line"),
        (Cited("a", credit="x" * 2001), "the credit has 2,001 characters"),
    ],
)
def test_what_cannot_be_a_citation_is_refused(folder, wanted, said):
    with pytest.raises(MorphError, match=said):
        restate(folder, wanted)
    assert verify_release(folder).citation == "A 2020. Credit: B"


def test_what_a_run_made_keeps_its_manifest(folder):
    text = (folder / "manifest.json").read_text()
    changed = text.replace('"parent_run": null', '"parent_run": "a-run"')
    assert changed != text
    (folder / "manifest.json").write_text(changed)
    with pytest.raises(MorphError, match="mine was made by a run or is simulated"):
        restate(folder, Cited("x"))
