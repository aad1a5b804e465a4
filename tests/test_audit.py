"""The audit of dependencies passes only where vulnerabilities would be found."""

import json
import sys

import pytest

from tests import audit

_BAD = "Name  Version ID         Fix Versions\nnumpy 2.0.0   PYSEC-1      9.9\n"
_KNOWN = {"dependencies": [{"name": "requests", "version": "2.19.1", "vulns": [{}]}]}
_SILENT = {"dependencies": [{"name": "requests", "version": "2.19.1", "vulns": []}]}
_PASSED = ("No known vulnerabilities found\n", "", 0)


@pytest.fixture
def tool(tmp_path):
    """A program that answers like pip-audit about one version, then about the lock."""

    def make(known, lock):
        answers = {"--no-deps": known, "--require-hashes": lock}
        path = tmp_path / "tool.py"
        path.write_text(
            f"import sys\nanswers = {answers!r}\n"
            "out, err, status = next(answers[a] for a in sys.argv if a in answers)\n"
            "sys.stdout.write(out), sys.stderr.write(err), sys.exit(status)\n"
        )
        return [sys.executable, str(path)]

    return make


def test_no_vulnerabilities_of_an_index_that_knows_some_pass(tool, capsys):
    assert audit.main(tool((json.dumps(_KNOWN), "", 1), _PASSED)) == 0
    assert "No known vulnerabilities" in capsys.readouterr().out


def test_vulnerabilities_are_printed_and_fail(tool, capsys):
    assert audit.main(tool((json.dumps(_KNOWN), "", 1), (_BAD, "", 1))) == 1
    assert "PYSEC-1" in capsys.readouterr().out


NO_ANSWERS = {
    "no vulnerabilities of a version that has some": (
        (json.dumps(_SILENT), "", 0),
        _PASSED,
    ),
    "no such package": (("", "ERROR: requests: Dependency not found\n", 1), _PASSED),
    "no network": (("", "ConnectionError: pypi.org\n", 1), _PASSED),
    "an end in between": (
        (json.dumps(_KNOWN), "", 1),
        ("", "Traceback\nServiceError\n", 1),
    ),
}


@pytest.mark.parametrize("answers", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_where_there_is_no_answer_it_says_so_and_fails(tool, capsys, answers):
    assert audit.main(tool(*answers)) == audit.NO_ANSWER
    assert "Nothing was audited" in capsys.readouterr().err
