"""How far slow work is, in a terminal and in a log."""

import pytest

from data import progress_lines


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(progress_lines, "QUICK_S", 0)


def test_a_log_gets_a_line_now_and_then(slow, capsys, monkeypatch):
    monkeypatch.setattr(progress_lines, "LINES_EVERY_S", 3600)
    with progress_lines.progress() as tell:
        tell("Loading galaxies", 500_000, 2_000_000)
        tell("Loading galaxies", 600_000, 2_000_000)
    assert capsys.readouterr().err == "Loading galaxies: 25%, 500,000 of 2,000,000\n"


def test_quick_work_is_not_told_of(capsys):
    with progress_lines.progress() as tell:
        tell("Reading answers", 0, 0)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_one_line_that_is_cleared(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_lines.progress() as tell:
        tell("Reading answers", 0, 0)
        tell("Writing rows", 1, 4)
    shown = capsys.readouterr().err.split(progress_lines.CLEAR_LINE)
    assert shown == ["", "Reading answers", "Writing rows: 25%, 1 of 4", ""]


def test_a_bar_fits_into_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "61")
    line = progress_lines.BarLine()
    line.tell(0.5, "downloading")
    line.tell(0.5, "downloading")
    line.tell(0.5, "no network, or no host has this name; trying again in 2 s")
    line.end()
    shown = capsys.readouterr().err.split(progress_lines.CLEAR_LINE)
    assert shown == [
        "",
        f"[{'#' * 15}{'-' * 15}]  50% downloading",
        " 50% no network, or no host has this … ; trying again in 2 s\n",
    ]
    assert len(shown[-1].rstrip()) == 60


def test_a_log_gets_the_words_of_a_bar_without_it(capsys, monkeypatch):
    monkeypatch.setattr(progress_lines, "LINES_EVERY_S", 3600)
    line = progress_lines.BarLine()
    line.tell(0.25, "fit · epoch 1")
    line.tell(0.5, "fit · epoch 2")
    line.end()
    assert capsys.readouterr().err == "25% fit · epoch 1\n"


def test_a_count_has_its_first_and_its_last_number_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(progress_lines, "LINES_EVERY_S", 3600)
    with progress_lines.counted("Read {} of {} images") as tell:
        for done in range(0, 2001, 500):
            tell(done, 2000)
    shown = capsys.readouterr().err
    assert shown == "Read 0 of 2,000 images\nRead 2,000 of 2,000 images\n"


def test_an_error_stands_below_a_count_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with pytest.raises(OSError), progress_lines.counted("{} of {} read") as tell:
        tell(1, 4)
        raise OSError
    assert capsys.readouterr().err == f"{progress_lines.CLEAR_LINE}1 of 4 read\n"
