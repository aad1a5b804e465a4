"""``python -m data download``: the list, a download that is loaded, exit statuses."""

import pytest

from data import progress_lines
from data.__main__ import main
from tests.data.cli.commands import in_catalogue
from tests.data.published.conftest import automated, published, server  # noqa: F401

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    from morph.published import attempts

    monkeypatch.setattr(attempts.Patience, "wait_s", lambda self, failures: 0.01)


def test_all_catalogues_are_listed(root, run):
    text = run("download", "--list")
    assert "gz-decals-auto" in text and "313,789" in text and "not downloaded" in text
    assert not root.exists()
    (root / "catalogues").mkdir(parents=True)
    (root / "catalogues" / "bad.toml").write_text("title =")
    result = run("download", "--list", "--json")
    assert {one["name"] for one in result["catalogues"]} > {"gz-desi-friendly", "bmz"}
    assert result["problems"][0].startswith("bad.toml in ")


def test_one_is_downloaded_and_loaded(root, run, automated, monkeypatch):  # noqa: F811
    monkeypatch.setattr(progress_lines, "LINES_EVERY_S", 0)
    text = run("download", "gz-decals-auto")
    assert "Loaded gz-decals-auto: 12 galaxies (decals, real)" in text
    assert "\n100% gz_decals_auto" in text
    assert "\nthe table has 12 galaxies; 313,789 were expected\n" in text
    assert len(in_catalogue(root)["gz-decals-auto"]) == 12
    states = run("download", "--list", "--json")["catalogues"]
    assert [one["state"] for one in states if one["name"] == "gz-decals-auto"] == [
        "loaded"
    ]


def test_a_catalogue_that_is_here_is_not_downloaded_again(
    root,
    run,
    server,  # noqa: F811
    automated,  # noqa: F811
):
    run("download", "gz-decals-auto")
    run("remove", "gz-decals-auto")
    assert "Loaded gz-decals-auto" in run("download", "gz-decals-auto")
    assert len(server.files_sent()) == 1


def test_what_cannot_be_downloaded_is_told(root, run, server):  # noqa: F811
    assert "no published catalogue 'gz'" in run("download", "gz", expect=1)
    text = run("download", "gz-decals-auto", expect=1)
    assert text.count("is not found (status 404)") == 1
    (log,) = root.glob("runs/*/log.txt")
    assert "the run failed: " in log.read_text()
    with pytest.raises(SystemExit) as usage:
        main(["download"])
    assert usage.value.code == 2
