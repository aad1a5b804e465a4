"""Releases into the catalogue: exactly what the files hold, wholly or not at all."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.synthetic import synthetic_release
from morph import blocks, dirichlet, loading
from morph.catalogue import TAIL_THRESHOLDS, connect, release, releases
from morph.durable import sha256_of, write_json
from morph.errors import CatalogueHeld, DamagedRelease, MorphError
from morph.funnel import count
from morph.loading import load_release, preview, unload_release
from morph.release import FileRecord, finish_release, read_manifest
from morph.selection import Selection
from morph.syncing import rebuild, sync, waiting
from morph.tree import GZD5
from morph.unopened import catalogue_unopened, workspace_unopened

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path):
    synthetic_release(tmp_path / "releases" / "one", galaxies=60, release_id="one")
    return tmp_path


@pytest.fixture
def con(home):
    with connect(home / "catalogue.duckdb") as con:
        yield con


def table(con, loaded):
    rows = con.execute(f"SELECT * FROM {loaded.table}").df()
    assert rows["iauname"].is_unique
    return rows.set_index("iauname")


def rewrite(folder, name, change):
    """Replace one table of a release, its manifest made true again."""
    manifest = read_manifest(folder)
    changed = change(pq.read_table(folder / f"{name}.parquet"))
    pq.write_table(changed, folder / f"{name}.parquet")
    path = folder / f"{name}.parquet"
    record = FileRecord(sha256_of(path), path.stat().st_size, changed.num_rows)
    finish_release(folder, manifest, {**manifest.files, path.name: record})


def shuffled(table, seed=0):
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def test_the_catalogue_holds_the_files_numbers(releases_folder, plain, shared_con):
    rows = table(shared_con, plain)
    file = pd.read_parquet(releases_folder / "plain" / "posteriors.parquet")
    file = file.set_index("iauname").loc[rows.index]
    for column in file:
        assert rows[column].dtype == file[column].dtype
        np.testing.assert_array_equal(rows[column], file[column])
    alpha = file.to_numpy(float)
    for quantity, expected in {
        "probability": dirichlet.expected_probability(alpha, GZD5),
        "variance": dirichlet.variance(alpha, GZD5),
    }.items():
        held = rows[[f"{label}_{quantity}" for label in GZD5.labels]]
        np.testing.assert_array_equal(held, expected.astype("f4"))
    rho = dirichlet.expected_probability(alpha, GZD5)
    for quantity, expected in {
        "asked": dirichlet.asked_probability(rho, GZD5),
        "entropy": dirichlet.entropy(alpha, GZD5),
        "total": dirichlet.total_concentration(alpha, GZD5),
        "answer": dirichlet.largest_answer(rho, GZD5),
    }.items():
        held = rows[[f"{question.name}_{quantity}" for question in GZD5.questions]]
        np.testing.assert_allclose(held, expected, rtol=1e-6)


def test_galaxies_votes_and_map_go_with_their_names(releases_folder, plain, shared_con):
    rows = table(shared_con, plain)
    folder = releases_folder / "plain"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").set_index("iauname")
    held = rows.loc[galaxies.index, list(galaxies)]
    pd.testing.assert_frame_equal(held, galaxies, check_dtype=False)
    place = pd.read_parquet(folder / "projection.parquet").set_index("iauname")
    np.testing.assert_allclose(rows.loc[place.index, list(place)], place, rtol=1e-6)
    votes = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
    held = (
        shared_con.execute(f"SELECT * FROM {plain.votes_table}")
        .df()
        .set_index("iauname")
    )
    pd.testing.assert_frame_equal(held.loc[votes.index], votes)
    assert 0 < len(votes) < len(galaxies)


def test_several_passes_become_their_mixture(releases_folder, passes, shared_con):
    rows = table(shared_con, passes)
    samples = pd.read_parquet(releases_folder / "passes" / "samples.parquet")
    stack = np.stack(
        [
            part.drop(columns="pass")
            .set_index("iauname")
            .loc[rows.index]
            .to_numpy(float)
            for _, part in samples.groupby("pass")
        ]
    )
    for quantity, expected in {
        "probability": dirichlet.mixture_mean(stack, GZD5),
        "total_variance": dirichlet.total_variance(stack, GZD5),
        "concentration": stack.mean(axis=0),
    }.items():
        held = rows[[f"{label}_{quantity}" for label in GZD5.labels]]
        np.testing.assert_allclose(held, expected, rtol=1e-5)
    held = rows[[f"{question.name}_mutual_information" for question in GZD5.questions]]
    expected = dirichlet.mutual_information(stack, GZD5)
    np.testing.assert_allclose(held, expected, rtol=1e-5, atol=1e-8)
    held = np.stack(rows["bar_strong_tail"])
    for place, threshold in enumerate(TAIL_THRESHOLDS):
        expected = dirichlet.mixture_tail(stack, GZD5, threshold)
        expected = expected[:, GZD5.labels.index("bar_strong")]
        np.testing.assert_allclose(held[:, place], expected, rtol=1e-5, atol=1e-30)


def test_fractions_have_no_uncertainty_and_their_gaps_are_unknown(
    releases_folder, fractions, shared_con
):
    rows = table(shared_con, fractions)
    assert not fractions.has_uncertainty
    assert not [c for c in rows if c.endswith(("_variance", "_total", "_entropy"))]
    file = pd.read_parquet(releases_folder / "fractions" / "posteriors.parquet")
    file = file.set_index("iauname").loc[rows.index]
    held = rows[[f"{label}_probability" for label in GZD5.labels]]
    np.testing.assert_array_equal(held, file)
    masked = file["bar_strong_fraction"].isna()
    assert 0 < masked.sum() < len(file)
    assert rows["bar_answer"].isna().equals(masked)


@pytest.mark.parametrize("size", [1, 7, 60, 1000])
def test_blocks_of_any_size_make_the_same_table(tmp_path, size):
    folder = tmp_path / "release"
    manifest = synthetic_release(folder, galaxies=60, passes=2, projection=True)
    parts = blocks.wide_blocks(folder, manifest, GZD5, block=2 * size)
    whole = next(blocks.wide_blocks(folder, manifest, GZD5))
    assert pa.concat_tables(parts).equals(whole)


def test_files_in_another_order_make_the_same_table(tmp_path):
    options = {"galaxies": 50, "passes": 3, "projection": True}
    in_order = synthetic_release(tmp_path / "a", **options)
    synthetic_release(tmp_path / "b", **options)
    for seed, name in enumerate(("posteriors", "samples", "projection")):
        rewrite(tmp_path / "b", name, lambda rows, seed=seed: shuffled(rows, seed))
    one = next(blocks.wide_blocks(tmp_path / "a", in_order, GZD5))
    manifest = read_manifest(tmp_path / "b")
    other = next(blocks.wide_blocks(tmp_path / "b", manifest, GZD5))
    # Passes are summed in another order, which moves the last digits.
    for name in one.column_names:
        if name.endswith("_tail"):
            continue
        if pa.types.is_floating(one[name].type):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-8)
        else:
            assert one[name].equals(other[name])


def test_galaxies_off_the_map_have_no_place(tmp_path):
    folder = tmp_path / "release"
    synthetic_release(folder, galaxies=20, projection=True)
    rewrite(folder, "projection", lambda rows: rows.slice(5, 10))
    (block,) = blocks.wide_blocks(folder, read_manifest(folder), GZD5)
    assert block["umap_x"].null_count == block["trust"].null_count == 10


def test_loading_twice_is_loading_once(con, home):
    folder = home / "releases" / "one"
    assert preview(con, folder).state == "new"
    first = load_release(con, folder)
    again = load_release(con, folder)
    assert again.sequence == first.sequence
    assert [found.release_id for found in releases(con)] == ["one"]
    assert count(con, first, Selection()) == 60
    seen = preview(con, folder)
    assert (seen.state, seen.galaxies, seen.known) == ("loaded", 60, 60)


def test_another_release_of_the_same_name_is_refused(con, home):
    load_release(con, home / "releases" / "one")
    synthetic_release(home / "other", galaxies=30, seed=5, release_id="one")
    assert preview(con, home / "other").state == "conflict"
    with pytest.raises(MorphError, match="unload that one first"):
        load_release(con, home / "other")
    unload_release(con, "one")
    assert load_release(con, home / "other").galaxies == 30


def test_names_of_tables_are_never_used_again(con, home):
    first = load_release(con, home / "releases" / "one")
    unload_release(con, "one")
    second = load_release(con, home / "releases" / "one")
    assert second.sequence > first.sequence
    with pytest.raises(MorphError, match="unloaded meanwhile"):
        count(con, first, Selection())


def damage(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)


def without_rows(table):
    return table.slice(1)


def with_a_row_twice(table):
    return pa.concat_tables([table.slice(1), table.slice(1, 1)])


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: damage(folder, "posteriors.parquet"), "SHA-256"),
        (lambda folder: (folder / "galaxies.parquet").unlink(), "lacks"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), "not a finished release"),
        (lambda folder: rewrite(folder, "posteriors", without_rows), "every galaxy"),
        (
            lambda folder: rewrite(folder, "posteriors", with_a_row_twice),
            "every galaxy",
        ),
        (lambda folder: rewrite(folder, "galaxies", with_a_row_twice), "exactly once"),
        (
            lambda folder: rewrite(
                folder, "posteriors", lambda t: t.drop_columns(["bar_no_concentration"])
            ),
            "lacks the columns",
        ),
        (
            lambda folder: rewrite(
                folder,
                "posteriors",
                lambda t: t.set_column(3, t.column_names[3], pa.array(["much"] * 60)),
            ),
            "cannot be read as its table",
        ),
        (
            lambda folder: rewrite(
                folder,
                "posteriors",
                lambda t: t.set_column(3, t.column_names[3], pa.array([-1.0] * 60)),
            ),
            "not positive",
        ),
    ],
)
def test_a_damaged_release_changes_nothing(con, home, break_it, says):
    synthetic_release(home / "releases" / "bad", galaxies=60, seed=3, release_id="bad")
    load_release(con, home / "releases" / "one")
    break_it(home / "releases" / "bad")
    with pytest.raises(DamagedRelease, match=says):
        load_release(con, home / "releases" / "bad")
    assert [found.release_id for found in releases(con)] == ["one"]
    assert tables(con) == {"r1", "loaded", "set_aside", "schema_version"}


def tables(con):
    return {name for (name,) in con.execute("SHOW TABLES").fetchall()}


def test_damage_in_a_later_block_is_named_too(con, home, monkeypatch):
    """DuckDB draws the blocks itself; what goes wrong there keeps its own error."""
    folder = home / "releases" / "one"
    last = pa.array([2.0] * 59 + [-1.0])
    rewrite(folder, "posteriors", lambda t: t.set_column(3, t.column_names[3], last))
    monkeypatch.setattr(loading, "wide_blocks", partial(blocks.wide_blocks, block=10))
    with pytest.raises(DamagedRelease, match="not positive"):
        load_release(con, folder)
    assert releases(con) == []


def test_an_unknown_tree_is_named(con, home):
    folder = home / "releases" / "one"
    manifest = replace(read_manifest(folder), tree="gz9")
    finish_release(folder, manifest, manifest.files)
    with pytest.raises(MorphError, match="'gz9'; known: gzd5"):
        load_release(con, folder)


def test_readers_never_see_half_a_release(con, home):
    """One galaxy each, or all sixty, while other threads ask."""
    loaded = load_release(con, home / "releases" / "one")
    seen, wrong, stop = set(), [], threading.Event()

    def read():
        with con.cursor() as cursor:
            while not stop.wait(0.002):
                try:
                    found = release(cursor, "one")
                    seen.add(count(cursor, found, Selection()))
                except MorphError:
                    seen.add("unloaded")
                except Exception as error:  # what the test is about
                    wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        unload_release(con, "one")
        loaded = load_release(con, home / "releases" / "one")
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert seen <= {60, "unloaded"}
    assert 60 in seen
    assert loaded.galaxies == 60


LOADER = """
import sys, time
from pathlib import Path
from morph.catalogue import connect
from morph.loading import load_release
with connect(Path(sys.argv[1])) as con:
    print("connected", flush=True)
    load_release(con, Path(sys.argv[2]))
    print("loaded", flush=True)
"""


def run_loader(home, name, *, kill_after):
    command = [sys.executable, "-c", LOADER, home / "catalogue.duckdb", home / name]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "connected\n"
    time.sleep(kill_after)
    process.kill()
    rest = process.stdout.read()
    process.stdout.close()
    process.wait(60)
    return rest


def test_killed_while_loading_the_old_catalogue_stands(home):
    synthetic_release(home / "big", galaxies=20_000, seed=1, release_id="big")
    with connect(home / "catalogue.duckdb") as con:
        load_release(con, home / "releases" / "one")
    interrupted = 0
    for seconds in (0.05, 0.15, 0.4):
        done = run_loader(home, "big", kill_after=seconds)
        with connect(home / "catalogue.duckdb") as con:
            found = {one.release_id: one for one in releases(con)}
            assert count(con, found["one"], Selection()) == 60
            if "big" in found:
                unload_release(con, "big")
            else:
                assert done == ""
                interrupted += 1
    assert interrupted
    with connect(home / "catalogue.duckdb") as con:
        big = load_release(con, home / "big")
        assert table(con, big).index.nunique() == 20_000
        assert tables(con) == {"r1", big.table, "loaded", "set_aside", "schema_version"}


HOLDER = """
import sys
from pathlib import Path
from morph.catalogue import connect
with connect(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_held_catalogue_names_its_holder(home):
    path = home / "catalogue.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CatalogueHeld, match=f"process {holder.pid} "):
            connect(path)
        with pytest.raises(CatalogueHeld):
            rebuild(path, home / "releases")
        holder.stdin.close()
    connect(path).close()


def test_a_file_that_is_no_catalogue_says_what_to_do(tmp_path):
    path = tmp_path / "catalogue.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(MorphError, match=r"another kind of file.*delete it"):
        connect(path)


@pytest.mark.parametrize("said", ["Permission denied", "Read-only file system"])
def test_where_nothing_can_be_written_nobody_is_told_to_delete(tmp_path, said):
    message = f'IO Error: Cannot open file "catalogue.duckdb": {said}\nmore'
    for explain in (catalogue_unopened, workspace_unopened):
        told = str(explain(tmp_path / "catalogue.duckdb", message))
        assert "cannot be written" in told and said in told and "more" not in told
        assert "delete" not in told and "move it away" not in told


def test_a_catalogue_of_another_version_says_what_to_do(tmp_path):
    path = tmp_path / "catalogue.duckdb"
    with connect(path) as con:
        con.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(MorphError, match="version 99"):
        connect(path)
    assert rebuild(path, tmp_path / "releases") == []


def test_the_catalogue_reads_no_file_but_its_own(con, home):
    (home / "secret.csv").write_text("a\n1\n")
    with pytest.raises(duckdb.PermissionException):
        con.execute(f"SELECT * FROM read_csv('{home / 'secret.csv'}')")


def states(results):
    return [(result.release_id, result.state) for result in results]


def test_sync_loads_what_is_new_and_then_rests(con, home):
    folder = home / "releases"
    assert states(sync(con, folder)) == [("one", "loaded")]
    assert sync(con, folder) == []
    synthetic_release(folder / "two", galaxies=10, seed=2, release_id="two")
    synthetic_release(folder / ".incoming", galaxies=10, seed=3, release_id="three")
    (folder / "unfinished").mkdir()
    assert states(sync(con, folder)) == [("two", "loaded")]
    assert [found.release_id for found in releases(con)] == ["two", "one"]
    assert waiting(con, folder) == []


def test_sync_reports_damage_once_and_tries_again_when_mended(con, home):
    folder = home / "releases"
    whole = (folder / "one" / "posteriors.parquet").read_bytes()
    damage(folder / "one", "posteriors.parquet")
    (result,) = sync(con, folder)
    assert (result.state, "SHA-256" in result.message) == ("refused", True)
    assert sync(con, folder) == []
    (left,) = waiting(con, folder)
    assert (left.reason, left.message) == ("refused", result.message)
    (folder / "one" / "posteriors.parquet").write_bytes(whole)
    assert states(sync(con, folder)) == [("one", "loaded")]
    assert waiting(con, folder) == []


def test_sync_survives_a_manifest_that_is_nonsense(con, home):
    write_json(home / "releases" / "one" / "manifest.json", {"files": 3})
    assert states(sync(con, home / "releases")) == [("one", "refused")]


def test_what_was_unloaded_stays_out_until_it_is_loaded(con, home):
    folder = home / "releases"
    sync(con, folder)
    unload_release(con, "one")
    assert sync(con, folder) == []
    assert [left.reason for left in waiting(con, folder)] == ["unloaded"]
    load_release(con, folder / "one")
    unload_release(con, "one", remember=False)
    assert states(sync(con, folder)) == [("one", "loaded")]


def test_a_release_whose_folder_is_gone_is_unloaded_and_may_come_back(con, home):
    folder = home / "releases"
    sync(con, folder)
    (folder / "one").rename(home / "moved")
    assert states(sync(con, folder)) == [("one", "unloaded")]
    assert releases(con) == []
    (home / "moved").rename(folder / "one")
    assert states(sync(con, folder)) == [("one", "loaded")]


def test_the_catalogue_can_be_made_again_from_the_releases(home):
    path, folder = home / "catalogue.duckdb", home / "releases"
    synthetic_release(folder / "two", galaxies=10, seed=2, release_id="two")
    with connect(path) as con:
        sync(con, folder)
        before = {one.release_id: count(con, one, Selection()) for one in releases(con)}
    path.write_bytes(b"damaged")
    assert sorted(states(rebuild(path, folder))) == [
        ("one", "loaded"),
        ("two", "loaded"),
    ]
    with connect(path) as con:
        after = {one.release_id: count(con, one, Selection()) for one in releases(con)}
    assert after == before == {"one": 60, "two": 10}


def test_a_manifest_in_the_catalogue_is_the_one_of_the_folder(con, home):
    loaded = load_release(con, home / "releases" / "one")
    assert loaded.manifest == read_manifest(home / "releases" / "one")
    text = (home / "releases" / "one" / "manifest.json").read_text()
    assert loaded.galaxies == json.loads(text)["galaxies"]
    with pytest.raises(MorphError, match="loaded: one"):
        release(con, "two")
