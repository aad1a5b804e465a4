"""The block of Compare with errors against known vote fractions."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.images.surveys import survey_called
from morph.posterior.intervals import FEW
from morph.release.posterior_check import VOTES, compared_with, is_complete
from pages.common import words


def against_labels(releases: Sequence[LoadedRelease]) -> None:
    """Errors of each release whose run was evaluated on galaxies it had not seen."""
    st.header("Errors on evaluation galaxies")
    judged = [one for one in releases if is_complete(one.manifest)]
    if not judged:
        names = " and ".join(one.release_id for one in releases)
        st.caption(
            f"No run evaluated {names} on galaxies with known vote fractions, so there "
            "are no errors to show."
        )
        return
    for release in judged:
        st.caption(_labels_of(release))
    table, config = _table(judged)
    st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        placeholder="–",
        alt="Errors of vote fractions by question",
    )
    st.caption(
        "Root mean square error of vote fractions (lower is better), ± its standard "
        "error. “Predicting the mean”: the error of always predicting the mean "
        "fraction. Only galaxies for which more than half of the volunteers reach the "
        "question."
    )


def _labels_of(release: LoadedRelease) -> str:
    """Which galaxies and labels the numbers come from."""
    judged, manifest = release.manifest.details.evaluation, release.manifest
    survey = survey_called(manifest.survey)
    galaxies = f"{judged['galaxies']:,} galaxies of {words.plain(judged['store'])}"
    labels = compared_with(manifest)
    if labels == VOTES and survey.votes_from:
        seen = survey_called(survey.votes_from).title
        labels = (
            f"votes from {seen}: volunteers saw the {seen} images of these galaxies, "
            f"the model those of {survey.title}"
        )
    elif labels == VOTES:
        labels = f"{VOTES} on the same images"
    half = words.plain(judged["half"])
    half = "" if half == "all" else f", {half} half"
    return f"**{release.release_id}**: {galaxies}{half}; {labels}."


def _table(judged: Sequence[LoadedRelease]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Errors by question, and the settings of their columns."""
    tree, number = judged[0].tree, st.column_config.NumberColumn
    shown = pd.DataFrame({"question": [one.title for one in tree.questions]})
    config: dict[str, Any] = {"question": "Question"}
    for release in judged:
        name = release.release_id
        rows = pd.DataFrame(release.manifest.details.evaluation["questions"])
        rows = rows.set_index("question").reindex([one.name for one in tree.questions])
        shown[f"n {name}"] = rows["n"].to_numpy()
        config[f"n {name}"] = number("Galaxies", format="localized")
        if (rows["n"] < FEW).any():  # rarely: the table has little room
            shown[f"few {name}"] = rows["n"].to_numpy() < FEW
            few = st.column_config.CheckboxColumn(f"Fewer than {FEW} galaxies")
            config[f"few {name}"] = few
        for column, title in (
            ("rmse", f"Error of {name}"),
            ("rmse_error", "±"),
            ("constant_rmse", "Predicting the mean"),
        ):
            if column in rows:  # earlier runs did not write the standard error
                shown[f"{column} {name}"] = rows[column].to_numpy(float)
                config[f"{column} {name}"] = number(title, format="%.3f")
    return shown, config
