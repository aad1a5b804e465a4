"""A download as a run: from a record of Zenodo to a release, and what stops it."""

import subprocess
import sys

import pandas as pd
import pytest

from data.execute import main
from morph.errors import MorphError, RunError
from morph.published.catalogue_file import catalogue_called, read_catalogues
from morph.published.download_run import begin, with_record
from morph.published.download_states import read_states
from morph.release.folder import verify_release
from morph.release.publish import publish_release
from morph.runs.active_run import ActiveRun, execute
from morph.runs.lifecycle import cancel_run, read_run, start_run
from morph.runs.run_files import read_events, read_json
from tests.data.published.conftest import (
    RECORDS,
    external_as_published,
    fractions_as_published,
)
from tests.zenodo_server import Fault


def said(folder) -> list[str]:
    return [e["says"] for e in read_events(folder) if e["event"] == "download"]


def test_a_record_becomes_a_release_with_its_origin(root, server, automated, begun):
    folder = begun("gz-decals-auto")
    assert main([str(folder)]) == 0
    manifest = verify_release(folder / "release")
    assert (manifest.release_id, manifest.galaxies) == ("gz-decals-auto", 12)
    assert (manifest.survey, manifest.licence) == ("decals", "CC BY 4.0")
    assert manifest.citation.endswith(
        "table: gz_decals_auto_posteriors.parquet, doi:10.5281/zenodo.4573248, "
        "version v1"
    )
    assert manifest.parent_run == folder.name
    source = manifest.details.source["published"]
    assert source.pop("asked").startswith("20")
    assert source == {
        "catalogue": "gz-decals-auto",
        "record": 4573248,
        "record_title": "Record 4573248",
        "doi": "10.5281/zenodo.4573248",
        "version": "v1",
        "file": "gz_decals_auto_posteriors.parquet",
        "url": server.files_sent()[0].path.join([server.url, ""]),
        "bytes": automated.stat().st_size,
        "md5": server.md5(automated),
    }
    assert said(folder) == ["the table has 12 galaxies; 313,789 were expected"]
    assert read_run(folder).progress == 1


def test_states_follow_the_download(root, automated, begun):
    catalogue = catalogue_called(root, "gz-decals-auto")

    def state(*loaded) -> str:
        (one,) = read_states(root, [catalogue], loaded)
        return one.state

    assert state() == "not here"
    folder = begun("gz-decals-auto")
    assert state() == "not here"
    server_stopped = execute(folder, _fails)
    assert (server_stopped, state()) == (1, "stopped")
    assert main([str(folder)]) == 0
    assert state() == "here"
    manifest = publish_release(folder, root / "releases")
    assert state() == "loading"
    assert state(manifest) == "loaded"


def _fails(run: ActiveRun) -> None:
    raise MorphError("told to fail")


def test_an_external_table_gives_magnitudes_and_redshifts(root, published, begun):
    table = fractions_as_published()
    external = external_as_published(table)
    published(
        RECORDS["desi"],
        gz_desi_deep_learning_catalog_friendly=table,
        external_catalog=external,
    )
    folder = begun("gz-desi-friendly")
    assert main([str(folder)]) == 0
    manifest = verify_release(folder / "release")
    assert manifest.posterior == "fraction"
    assert manifest.details.source["published"]["external"]["file"] == (
        "external_catalog.parquet"
    )
    galaxies = pd.read_parquet(folder / "release" / "galaxies.parquet")
    galaxies = galaxies.set_index("source_id").loc[table["dr8_id"]]
    for ours, theirs in (("redshift", "redshift"), ("mag_r", "mag_r_desi")):
        assert list(galaxies[ours]) == list(external[theirs])
    assert said(folder)[0] == (
        "joined redshift, mag_g_desi, mag_r_desi, mag_z_desi, est_petro_th50 of "
        "external_catalog.parquet, row by row: dr8_id agree"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.iloc[::-1], "other galaxies: dr8_id differs in row 1"),
        (lambda t: t.head(11), "has 12 rows and external_catalog.parquet 11"),
    ],
)
def test_an_external_table_of_other_galaxies_is_refused(
    root, published, begun, change, says
):
    table = fractions_as_published()
    published(
        RECORDS["desi"],
        gz_desi_deep_learning_catalog_friendly=table,
        external_catalog=change(external_as_published(table)),
    )
    folder = begun("gz-desi-friendly")
    assert main([str(folder)]) == 1
    assert says in read_run(folder).error


def test_faults_of_the_server_are_survived(root, server, automated, begun):
    server.faults = [Fault("503"), Fault("reset"), Fault("page"), Fault("wrong size")]
    server.faults += [Fault("wrong bytes"), Fault("429"), Fault("cut", 4000)]
    folder = begun("gz-decals-auto")
    assert main([str(folder)]) == 0, read_run(folder).error
    path = folder / "files" / automated.name
    assert path.read_bytes() == automated.read_bytes()
    assert server.faults == []


def test_a_wrong_checksum_is_told_and_nothing_is_kept(root, server, automated, begun):
    server.lies = True
    folder = begun("gz-decals-auto")
    assert main([str(folder)]) == 1
    assert "does not match its checksum" in read_run(folder).error
    assert list((folder / "files").iterdir()) == []
    server.lies = False
    assert begun("gz-decals-auto") == folder
    assert main([str(folder)]) == 0


def test_no_network_is_told_in_a_sentence(root, server, automated, begun, monkeypatch):
    monkeypatch.setenv("MORPH_ZENODO", "http://127.0.0.1:9")  # discard: nobody listens
    folder = begun("gz-decals-auto")
    assert main([str(folder)]) == 1
    assert read_run(folder).error == (
        "127.0.0.1:9 could not be reached: it refused the connection. 5 attempts in a "
        "row failed; start again later: it "
        "continues where it stopped"
    )


def test_the_wrong_kind_of_table_is_refused(root, published, begun):
    published(RECORDS["decals"], gz_decals_volunteers_5=concentrations())
    folder = begun("gz-decals-volunteers-5")
    assert main([str(folder)]) == 1
    assert "the table has posteriors, but its published catalogue states votes" in (
        read_run(folder).error
    )


def concentrations() -> pd.DataFrame:
    from tests.published_tables import concentrations_as_published

    return concentrations_as_published()


def test_a_table_at_an_address_has_no_checksum(root, server, automated, begun):
    (root / "catalogues").mkdir()
    (root / "catalogues" / "plain.toml").write_text(
        'title = "Plain"\nkind = "posteriors"\nsurvey = "decals"\nlicence = "none"\n'
        f'citation = "x"\nurl = "{server.url}/plain/{automated.name}"\n'
    )
    folder = begun("plain")
    server.faults = [Fault("cut", 4000)]
    assert main([str(folder)]) == 0
    source = verify_release(folder / "release").details.source["published"]
    assert (source["md5"], source["bytes"]) == ("", automated.stat().st_size)
    assert "record" not in source


def test_a_killed_download_continues(root, server, automated, begun):
    """Stopped by its third piece; the second process asks for the rest only."""
    server.bytes_per_s = 20_000
    folder = begun("gz-decals-auto")
    part = folder / "files" / f".{automated.name}.part"
    command = [sys.executable, "-m", "data.execute", str(folder)]
    process = subprocess.Popen(command)
    while not (part.is_file() and part.stat().st_size):
        assert process.poll() is None
    process.kill()
    process.wait()
    here = part.stat().st_size
    assert read_run(folder).state == "lost"
    server.bytes_per_s = None
    if here < automated.stat().st_size:
        assert main([str(folder)]) == 0
        assert server.files_sent()[-1].begin == here


def test_a_detached_download_is_cancelled_and_resumed(root, server, automated, begun):
    server.bytes_per_s = 2_000
    folder = begun("gz-decals-auto")
    start_run(folder)
    _until(lambda: server.files_sent())
    cancel_run(folder)
    _until(lambda: read_run(folder).state == "cancelled")
    server.bytes_per_s = None
    start_run(begun("gz-decals-auto"))
    _until(lambda: not read_run(folder).active)
    assert read_run(folder).state == "finished", (folder / "log.txt").read_text()
    assert "torch" not in (folder / "log.txt").read_text()


def _until(condition) -> None:
    import time

    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_catalogue_is_downloaded_once_at_a_time(root, automated, begun):
    folder = begun("gz-decals-auto")

    def work(run: ActiveRun) -> None:
        with pytest.raises(RunError, match=r"is being downloaded by the run gz-decals"):
            begun("gz-decals-auto")

    assert execute(folder, work) == 0


def test_another_record_is_another_run(root):
    bmz = catalogue_called(root, "bmz")
    first, second = begin(root, bmz), begin(root, with_record(bmz, 12))
    assert (first.name, second.name) == ("bmz", "bmz-2")
    assert read_json(second / "config.json")["catalogue"]["record"] == 12
    assert begin(root, with_record(bmz, 12)) == second
    with pytest.raises(MorphError, match="not in a Zenodo record"):
        with_record(catalogue_called(root, "gz2-hart16"), 12)


def test_a_catalogue_that_needs_another_tree_is_not_downloaded(root):
    (root / "catalogues").mkdir()
    text = 'title = "x"\nkind = "votes"\nsurvey = "sdss"\nlicence = "x"\ncitation = "x"'
    text += '\nurl = "https://example.org/x.csv"\ntree = "gz0"'
    (root / "catalogues" / "other.toml").write_text(text)
    other = read_catalogues(root).by_name["other"]
    assert read_states(root, [other], [])[0].state == "needs tree"
    with pytest.raises(MorphError, match="needs the decision tree 'gz0'"):
        begin(root, other)


def test_downloads_load_no_torch():
    loaded = "data.execute, data.published.download_stages, data.cutouts.cutout_stages"
    code = f"import sys, {loaded}; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_usage(capsys):
    assert main([]) == 2
    assert main(["--help"]) == 0
    assert "usage" in capsys.readouterr().out
