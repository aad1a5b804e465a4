"""Fine-tune a network to the labels of a question: a short form that starts a run."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import names_in
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import counting
from morph.labels.label_counts import label_counts, question_to_learn
from morph.labels.saved_questions import SavedQuestion
from morph.new_run import checks, expected
from morph.new_run.ingredients import Ingredients, Model, ingredients, next_name
from morph.runs import lifecycle
from morph.runs.config import FinetuneConfig, read_config
from morph.runs.finetuning.config import OwnQuestionConfig
from morph.runs.finetuning.labels_file import too_few
from morph.wording import duration
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import new_runs, who_may
from pages.label.release_names import suggested

_USEFUL = 100  # labels, below which a person is told that more would help
_SCRATCH = {"epochs": 40, "batch_size": 16, "weight_decay": 0.05, "patience": 12}


def offer(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    """A button, and behind it the form."""
    box = st.popover(
        "Fine-tune a network",
        icon=":material/model_training:",
        key="label_finetune",
        on_change="rerun",
        width="content",
    )
    if box.open:
        with box:
            try:
                _form(here, saved, file)
            except MorphError as error:
                st.info(words.plain(words.sentence(str(error))), icon=":material/info:")


def _form(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    acts = counting(file.acts).values()
    question, left_out = question_to_learn(saved.question, acts)
    names, counts = label_counts(question, acts)
    found = ingredients(here.root)
    st.markdown(
        "Teaches the network of a run this question, and judges it on labels that it "
        "has not seen, beside a regression on its frozen features. It makes a release "
        f"with the galaxies of {words.plain(here.release.release_id)} and the answers "
        "to this question."
    )
    if left_out:
        st.caption(
            f"Left out, as too few galaxies have or lack it: "
            f"{words.plain(', '.join(left_out))}."
        )
    if question.kind == "rating":
        st.caption("A rating is learnt as one of six answers, without their order.")
    stores = _stores(here, found)
    model = _model(found, stores)
    _say_labels(here.root, question, names, counts, stores)
    with st.expander("More settings"):
        scratch = st.toggle(
            "Also fit it from random weights, to compare",
            key="label_finetune_scratch",
            help="Takes about as long as the fine-tuning.",
        )
        release_id = st.text_input(
            "Name of the release",
            value=suggested(
                here.root,
                here.release.release_id,
                question.text,
                {*found.releases, *found.planned},
            ),
            max_chars=64,
            key=f"label_finetune_name_{here.release.key}_{saved.question_id}",
        )
    config = _config(here, question, model, stores, len(names), release_id)
    if scratch:
        config["scratch"] = _SCRATCH
    _start_button(here.root, config, found)


def _stores(here: Here, found: Ingredients) -> list[str]:
    """The cutout stores with images of the release; MorphError if there are none."""
    mine = [one for one in here.release.manifest.cutouts if one in found.stores]
    if not mine:
        raise MorphError(
            f"the release {here.release.release_id} has no images on this computer, "
            "and a network learns from images. Make a cutout store of its galaxies "
            "on the page Data, or choose another release at the top of the page"
        )
    if len(mine) == 1:
        return mine
    return st.multiselect(
        "Images", mine, mine, key=f"label_finetune_stores_{here.release.key}"
    )


def _model(found: Ingredients, stores: Sequence[str]) -> Model:
    """The model that it begins with; MorphError if none takes these images."""
    if not stores:
        raise MorphError("choose at least one cutout store")
    fit = [
        one
        for one in found.models.values()
        if one.finished and _fits(one, found, stores)
    ]
    survey = found.stores[stores[0]].manifest.survey
    fit.sort(key=lambda one: (one.survey != survey, not one.fitted))
    if not fit:
        raise MorphError(
            "there is no finished run with a model for these images; fit one on the "
            "page Runs, New run, “Source model”, or take the model of the "
            "demonstration (make demo)"
        )
    by_id = {one.run_id: one for one in fit}
    chosen = st.selectbox(
        "Begins with the model of",
        list(by_id),
        format_func=lambda name: f"{name} ({by_id[name].encoder})",
        key="label_finetune_model",
    )
    return by_id[chosen]


def _fits(model: Model, found: Ingredients, stores: Sequence[str]) -> bool:
    with suppress(MorphError):
        looks = [found.stores[name].look(model.image) for name in stores]
        return all(look.fits(model.look) for look in looks)
    return False


def _say_labels(
    root: Path,
    question: OwnQuestionConfig,
    names: Sequence[str],
    counts: np.ndarray,
    stores: Sequence[str],
) -> None:
    """How many labelled galaxies have an image; MorphError if they are too few."""
    there = set().union(*(names_in(cutouts_folder(root, name)) for name in stores))
    pictured = np.array([name in there for name in names], dtype=bool)
    if problem := too_few(counts[pictured], question.tree):
        raise MorphError(problem)
    number = int(pictured.sum())
    without = len(names) - number
    gone = f", {without:,} without" if without else ""
    st.markdown(f"**{words.galaxies(number)}** with a label and an image{gone}.")
    if number < _USEFUL:
        st.caption(
            f":orange[With fewer than {_USEFUL} labels the scores are uncertain, and a "
            "regression on frozen features may do as well.]"
        )


def _config(
    here: Here,
    question: OwnQuestionConfig,
    model: Model,
    stores: Sequence[str],
    labelled: int,
    release_id: str,
) -> dict[str, Any]:
    return {
        "kind": FinetuneConfig.kind,
        "model_run": model.run_id,
        "stores": list(stores),
        "question": {
            "text": question.text,
            "answers": list(question.answers),
            "kind": question.kind,
        },
        "labelled": labelled,
        "release": {
            "parent": here.release.release_id,
            "release_id": release_id,
            "stores": list(stores),
        },
    }


def _start_button(root: Path, config: dict[str, Any], found: Ingredients) -> None:
    wrong = checks.problems_of(config, found)
    for problem in wrong.values():
        st.markdown(f":red[:small[{words.plain(problem)}]]")
    if not wrong:
        seconds = expected.expected_s(root, read_config(config), found)
        time = "unknown: no similar run has finished here"
        time = time if seconds is None else f"about {duration(seconds)}"
        st.caption(f"Expected time: {time}. It continues if this page is closed.")
    refused = who_may.explained()
    st.button(
        "Start",
        icon=":material/play_arrow:",
        type="primary",
        key="label_finetune_start",
        disabled=bool(wrong or refused),
        help=refused or None,
        on_click=_start,
        args=(root, config),
    )


@toasts.refusals()
@who_may.change
def _start(root: Path, config: dict[str, Any]) -> None:
    """Create the run with the labels as they are now, and start it."""
    name = next_name("finetuned", set(ingredients(root).runs))
    lifecycle.start_run(new_runs.create(root, name, config))
    toasts.note(
        f"{name} is starting; the page Runs shows how it goes",
        ":material/play_arrow:",
        long=True,
    )
