"""What the model of a run is worth, on its card: the outcome of its own comparison."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.report import finetuned
from morph.runs.finetuning.results_file import read_judged
from morph.runs.run_files import read_choice, verdict_words
from pages.common import words


def draw(folder: Path) -> None:
    """How an adaptation or a fine-tuning was judged; nothing for other runs."""
    _adaptation(folder)
    _fine_tuning(folder)


def _fine_tuning(folder: Path) -> None:
    """The network beside a regression on frozen features, and whether it has learnt."""
    try:
        judged = read_judged(folder)
    except MorphError as error:
        st.error(words.plain(words.sentence(str(error))), icon=":material/error:")
        return
    if judged is None:
        return
    st.caption(f":material/rule: {words.plain(finetuned.sentence(judged))}")
    st.caption(words.plain(judged.words))
    unsure = [one.title for one in judged.questions if not one.is_learnt]
    if unsure:
        st.warning(
            "Not shown to be better than the shares of the labels: "
            f"{words.plain(', '.join(unsure))}. Label more galaxies, above all rare "
            "ones.",
            icon=":material/rule:",
        )


def _adaptation(folder: Path) -> None:
    """How the adaptation was judged without votes, and warnings of a class collapse."""
    try:
        choice = read_choice(folder)
    except MorphError as error:
        st.error(words.plain(words.sentence(str(error))), icon=":material/error:")
        return
    if choice is None:
        return
    sentence = words.plain(verdict_words(choice))
    if choice.get("outcome") in ("adapted", "not judged"):
        st.caption(f":material/rule: {sentence}")
    else:
        st.warning(sentence, icon=":material/rule:")
    alarms = choice.get("adapted", {}).get("alarms", [])
    if alarms:
        number = "1 warning" if len(alarms) == 1 else f"{len(alarms)} warnings"
        with st.popover(
            f"{number}: possible class collapse", icon=":material/warning:"
        ):
            st.markdown("\n".join(f"- {words.plain(str(one))}" for one in alarms))
