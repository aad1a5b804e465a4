"""The block of Compare with errors against known vote fractions."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.images.surveys import survey_called
from morph.posterior.intervals import FEW


def against_labels(releases: Sequence[LoadedRelease]) -> None:
    """Errors of each release whose run was evaluated on galaxies it had not seen."""
    st.header("Against labels")
    judged = [one for one in releases if one.manifest.details.evaluation]
    if not judged:
        names = " and ".join(one.release_id for one in releases)
        st.caption(
            f"No run evaluated {names} on galaxies with known vote fractions, so there "
            "are no errors to show."
        )
        return
    for release in judged:
        st.caption(_labels_of(release))
    st.dataframe(
        _table(judged),
        hide_index=True,
        column_config=_columns(judged),
        placeholder="–",
        alt="Errors of vote fractions by question",
    )
    st.caption(
        "Root mean square error of vote fractions (lower is better), ± its standard "
        "error, and that of always predicting the mean fraction. Over galaxies for "
        "which more than half of the volunteers reach the question."
    )


def _labels_of(release: LoadedRelease) -> str:
    """Which galaxies and labels the numbers come from."""
    judged, manifest = release.manifest.details.evaluation, release.manifest
    survey = survey_called(manifest.survey)
    galaxies = f"{judged['galaxies']:,} galaxies of {judged['store']}"
    if manifest.origin != "real":
        labels = "true fractions of the simulation"
    elif survey.votes_from:
        seen = survey_called(survey.votes_from).title
        labels = (
            f"votes from {seen}: volunteers saw the {seen} images of these galaxies, "
            f"the model those of {survey.title}"
        )
    else:
        labels = "volunteers’ votes on the same images"
    half = "" if judged["half"] == "all" else f", half “{judged['half']}”"
    return f"**{release.release_id}**: {galaxies}{half}; {labels}."


def _table(judged: Sequence[LoadedRelease]) -> pd.DataFrame:
    tree = judged[0].tree
    shown = pd.DataFrame({"question": [one.title for one in tree.questions]})
    for release in judged:
        rows = pd.DataFrame(release.manifest.details.evaluation["questions"])
        rows = rows.set_index("question").reindex([one.name for one in tree.questions])
        name = release.release_id
        shown[f"n {name}"] = rows["n"].to_numpy()
        if (rows["n"] < FEW).any():  # rarely: the table has little room
            shown[f"few {name}"] = rows["n"].to_numpy() < FEW
        shown[f"rmse {name}"] = rows["rmse"].to_numpy(float)
        if "rmse_error" in rows:  # earlier runs did not write it
            shown[f"error {name}"] = rows["rmse_error"].to_numpy(float)
        shown[f"constant {name}"] = rows["constant_rmse"].to_numpy(float)
    return shown


def _columns(judged: Sequence[LoadedRelease]) -> dict:
    number = st.column_config.NumberColumn
    config = {"question": "Question"}
    for release in judged:
        name = release.release_id
        config[f"n {name}"] = number("Galaxies", format="localized")
        config[f"few {name}"] = st.column_config.CheckboxColumn(f"Fewer than {FEW}")
        config[f"rmse {name}"] = number(f"Error of {name}", format="%.3f")
        config[f"error {name}"] = number("±", format="%.3f")
        config[f"constant {name}"] = number("Predicting the mean", format="%.3f")
    return config
