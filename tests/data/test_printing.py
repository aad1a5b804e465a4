"""How far slow work is, in a terminal and in a log."""

import pytest

from data import printing


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(printing, "QUICK_S", 0)


def test_a_log_gets_a_line_now_and_then(slow, capsys, monkeypatch):
    monkeypatch.setattr(printing, "LINES_EVERY_S", 3600)
    with printing.progress() as tell:
        tell("Loading galaxies", 500_000, 2_000_000)
        tell("Loading galaxies", 600_000, 2_000_000)
    assert capsys.readouterr().err == "Loading galaxies: 25%, 500,000 of 2,000,000\n"


def test_quick_work_is_not_told_of(capsys):
    with printing.progress() as tell:
        tell("Reading answers", 0, 0)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_one_line_that_is_cleared(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with printing.progress() as tell:
        tell("Reading answers", 0, 0)
        tell("Writing rows", 1, 4)
    shown = capsys.readouterr().err.split(printing.CLEAR_LINE)
    assert shown == ["", "Reading answers", "Writing rows: 25%, 1 of 4", ""]


def test_a_bar_fits_into_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "61")
    line = printing.BarLine()
    line.tell(0.5, "downloading")
    line.tell(0.5, "downloading")
    line.tell(0.5, "no network, or no host has this name; trying again in 2 s")
    line.end()
    shown = capsys.readouterr().err.split(printing.CLEAR_LINE)
    assert shown == [
        "",
        f"[{'#' * 15}{'-' * 15}]  50% downloading",
        " 50% no network, or no host has this … ; trying again in 2 s\n",
    ]
    assert len(shown[-1].rstrip()) == 60


def test_a_log_gets_the_words_of_a_bar_without_it(capsys, monkeypatch):
    monkeypatch.setattr(printing, "LINES_EVERY_S", 3600)
    line = printing.BarLine()
    line.tell(0.25, "fit · epoch 1")
    line.tell(0.5, "fit · epoch 2")
    line.end()
    assert capsys.readouterr().err == "25% fit · epoch 1\n"
