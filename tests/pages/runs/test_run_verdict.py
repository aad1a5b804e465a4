"""What a fine-tuning was worth, on the card of its run."""

import json

from streamlit.testing.v1 import AppTest

from tests.morph.runs.test_finetuning import results


def drawn(folder) -> AppTest:
    def script(path):
        from pathlib import Path

        from pages.runs import run_verdict

        run_verdict.draw(Path(path))

    page = AppTest.from_function(script, kwargs={"path": str(folder)}).run()
    assert not page.exception
    return page


def test_the_comparison_and_the_numbers_are_told(tmp_path):
    (tmp_path / "finetuned.json").write_text(json.dumps(results(-0.02, 0.2)))
    page = drawn(tmp_path)
    said = "\n".join(one.value for one in page.caption)
    assert "No difference to frozen features is shown" in said
    assert "McNemar p = 0.29 (6 right by fine-tuning alone" in said
    assert "learnt from 56, 14 held out" in said
    assert not page.warning


def test_a_network_that_has_not_learnt_is_a_warning(tmp_path):
    value = results(-0.02, 0.2)
    value["questions"][0]["differences"]["majority"]["log_loss"] = [0.0, -0.1, 0.1]
    (tmp_path / "finetuned.json").write_text(json.dumps(value))
    (warning,) = drawn(tmp_path).warning
    assert "Not shown to be better than the shares of the labels" in warning.value


def test_damaged_results_and_none(tmp_path):
    assert not [*drawn(tmp_path).caption]
    (tmp_path / "finetuned.json").write_text("{}")
    (error,) = drawn(tmp_path).error
    assert "not the result of a fine-tuning" in error.value
