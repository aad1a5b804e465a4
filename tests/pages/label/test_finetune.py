"""The form that starts a fine-tuning from the labels of a question."""

import shutil

import numpy as np
import pandas as pd
import pytest

from morph.errors import MorphError
from morph.home import home, run_folder
from morph.labels.label_snapshot import snapshot
from morph.runs.config import read_config
from morph.runs.finetuning.labels_file import LABELS, read_labels
from morph.runs.run_files import read_json
from pages.label import finetune
from tests.morph.labels.acts import act
from tests.morph.new_run.small_home import model
from tests.pages.conftest import PIXELS
from tests.pages.label.test_label_page import PATH, names  # noqa: F401 (a fixture)
from tests.pages.opening import opened

CONFIG = {
    "kind": "finetune",
    "model_run": "first",
    "stores": ["rings"],
    "question": {"text": "Is there a ring?", "answers": ["Ring", "No ring"]},
}


def labelled(file, names, number):  # noqa: F811
    file.append(
        [
            act(who, names[place], "Ring" if place % 2 else "No ring")
            for place in range(number)
            for who in ("ann", "bob")
        ]
    )


def form(dashboard):
    """The texts of the form, opened."""
    page = opened(dashboard, PATH, {"label_view": "Results"})
    page.session_state["label_finetune"] = True
    page.run()
    assert not page.exception
    return page


def told(page):
    return "\n".join(one.value for one in (*page.info, *page.markdown, *page.caption))


def test_without_a_model_the_form_says_how_to_get_one(ring, file, names, dashboard):  # noqa: F811
    labelled(file, names, 20)
    said = told(form(dashboard))
    assert "There is no finished run with a model for these images" in said


@pytest.fixture
def first(morph_home):
    """A run with a model for the images of the release."""
    model(morph_home, "first", size=PIXELS)
    yield
    shutil.rmtree(run_folder(morph_home, "first"))


def test_a_few_labels_are_too_few(ring, file, names, first, dashboard):  # noqa: F811
    labelled(file, names, 5)
    said = told(form(dashboard))
    assert "a network needs at least 10" in said
    assert "Start" not in [one.label for one in form(dashboard).button]


def test_a_run_is_started_with_the_labels(
    ring,
    file,
    names,  # noqa: F811
    first,
    dashboard,
    morph_home,
    monkeypatch,
):
    started = []
    monkeypatch.setattr(finetune.lifecycle, "start_run", started.append)
    labelled(file, names, 20)
    page = form(dashboard)
    assert "with a label and an image" in told(page)
    page.button(key="label_finetune_start").click().run()
    assert not page.exception
    (folder,) = started
    try:
        config = read_config(read_json(folder / "config.json"))
        assert (config.model_run, config.stores) == ("first", ("small-bmz",))
        assert config.release.parent == "small-demo"
        labels = read_labels(folder, config.question.tree)
        assert labels.counts.sum() == 40
    finally:
        shutil.rmtree(folder)


def test_the_labels_of_a_run_are_those_of_now(con, ring, file, names, tmp_path):  # noqa: F811
    config = read_config(CONFIG)
    labelled(file, names, 12)
    fill = snapshot(con, home(), config)
    labelled(file, names, 20)  # later than the snapshot
    fill(tmp_path)
    table = pd.read_parquet(tmp_path / LABELS).set_index("iauname")
    assert sorted(table.index) == sorted(names[:12])
    expected = np.where(np.arange(12)[:, None] % 2, [[2, 0]], [[0, 2]])
    assert table.loc[names[:12]].to_numpy().tolist() == expected.tolist()


def test_a_question_that_is_not_there_or_not_answered_is_refused(con, ring, morph_home):
    with pytest.raises(MorphError, match="has no answers yet"):
        snapshot(con, morph_home, read_config(CONFIG))
    other = {"text": "Is there a bar?", "answers": ["Bar", "None"]}
    with pytest.raises(MorphError, match="which has “Is there a ring"):
        snapshot(con, morph_home, read_config(CONFIG | {"question": other}))
