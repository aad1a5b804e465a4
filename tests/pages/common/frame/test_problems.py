"""What a person sees of an error, and what they can report of it."""

import errno
import shutil
from collections.abc import Iterator

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from morph.catalogue import release_table
from morph.errors import MorphError
from morph.home import catalogue_path
from pages.common.frame import error_log
from pages.common.server import database
from tests.pages.opening import button

SETTING = "client.showErrorDetails"


def failing(error: Exception) -> None:
    from pages.common.frame import problems

    assert problems.explain(error)


def shown(error: Exception) -> AppTest:
    page = AppTest.from_function(failing, args=(error,), default_timeout=20)
    page.query_params["bar_strong"] = ["0.5", "1"]
    return page.run()


def test_an_error_that_people_can_mend_is_one_sentence(empty_home):
    page = shown(MorphError("there is no galaxy 'x'"))
    assert not page.exception
    assert page.error[0].value == "There is no galaxy 'x'"
    assert not page.caption  # it is not the catalogue that is to be mended
    assert not page.code


FULL = OSError(errno.ENOSPC, "No space left on device")
DAMAGED = duckdb.IOException("Corrupt database file: wrong checksum")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FULL, "is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "write access"),
        (duckdb.OutOfMemoryException("failed to allocate"), "too little free memory"),
        (duckdb.ConnectionException("Connection already closed"), "reload the page"),
    ],
)
def test_an_error_of_the_machine_is_one_sentence(empty_home, error, told):
    page = shown(error)
    assert told in page.error[0].value and not page.code


def test_a_damaged_catalogue_is_rebuilt_from_the_page(empty_home, written_home):
    shutil.copytree(written_home / "releases", empty_home / "releases")
    catalogue_path(empty_home).write_bytes(b"no database" * 1000)
    page = shown(DAMAGED)
    assert "Rebuild it from the releases" in page.error[0].value
    button(page, "Rebuild the catalogue from the releases").click().run()
    with database.cursor(empty_home) as con:  # a new one
        assert release_table.releases(con) == []


def test_an_error_of_our_own_is_told_by_a_reference_without_its_trace(empty_home):
    page = shown(ValueError("no such thing"))
    assert not page.exception
    assert (
        "Internal error" in page.error[0].value and "errors.log" in page.error[0].value
    )
    report = page.code[0].value
    for text in ("duckdb: ", "Python: ", "bar_strong=0.5"):
        assert text in report
    assert "no such thing" not in report and "Traceback" not in report
    reference = report.splitlines()[0].removeprefix("reference: ")
    assert len(reference) == 8 and reference in page.error[0].value
    log = (empty_home / "errors.log").read_text()
    assert f"error {reference}" in log and "ValueError: no such thing" in log


@pytest.fixture
def told_in_full() -> Iterator[None]:
    before = st.get_option(SETTING)
    st.set_option(SETTING, "full")
    yield
    st.set_option(SETTING, before)


def test_whoever_develops_may_ask_for_the_trace_in_the_page(empty_home, told_in_full):
    page = shown(ValueError("no such thing"))
    assert "ValueError: no such thing" in page.code[0].value


def test_where_no_log_can_be_written_the_terminal_has_it(empty_home, caplog):
    (empty_home / "errors.log").mkdir()
    page = shown(ValueError("no such thing"))
    assert "terminal" in page.error[0].value
    assert page.code[0].value.splitlines()[0].split()[-1] in caplog.text
    assert "ValueError: no such thing" in caplog.text


def test_the_log_of_errors_stays_small(empty_home, monkeypatch):
    monkeypatch.setattr(error_log, "_MOST_BYTES", 2_000)
    for number in range(20):
        error_log.keep(empty_home, f"{number:08}", "x" * 500, ValueError("again"))
    files = sorted(empty_home.glob("errors.log*"))
    assert len(files) == 4 and all(path.stat().st_size < 3_000 for path in files)
    assert "error 00000019" in files[0].read_text()
