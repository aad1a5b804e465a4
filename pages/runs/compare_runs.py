"""Two to eight runs side by side: curves, settings, errors, and their predictions."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.figures import run_figures
from morph.release import changes
from morph.release.manifest import MANIFEST
from morph.report.record import RunRecord, read_record
from morph.runs.config import tree_of
from morph.runs.lifecycle import RunState
from morph.runs.run_files import CONFIG, read_json
from morph.runs.settings import differences
from morph.trees.decision_tree import DecisionTree
from pages.common import figures, words
from pages.runs import setting_fields, views
from pages.runs.run_summary import stamp

_VALUES = {
    "loss": "Training loss",
    "held_out_loss": "Held-out loss",
    "images_per_s": "Images per second",
}


def draw(runs: Sequence[RunState]) -> None:
    """Choose runs, and compare them."""
    known = [run.run_id for run in runs if run.config]
    if len(known) < 2:
        there = "There are no runs yet" if not known else "There is only one run"
        st.info(
            f"{there}; a comparison needs two. Start one under New run.",
            icon=":material/compare_arrows:",
        )
        return
    if views.COMPARED in st.session_state:
        chosen = st.session_state[views.COMPARED]
        st.session_state[views.COMPARED] = [name for name in chosen if name in known]
    chosen = st.multiselect(
        "Runs",
        known,
        key=views.COMPARED,
        bind="query-params",
        max_selections=views.MOST_COMPARED,
        placeholder="Choose two to eight runs",
    )
    if len(chosen) < 2:
        st.info(
            "Choose at least two runs to compare.", icon=":material/compare_arrows:"
        )
        return
    by_id = {run.run_id: run for run in runs}
    records = _records([by_id[name] for name in chosen])
    _curves(records)
    _settings(records)
    _errors(records)
    _agreement([by_id[name] for name in records])


def _records(runs: Sequence[RunState]) -> dict[str, RunRecord]:
    records = {}
    for run in runs:
        try:
            records[run.run_id] = _record(run.folder, stamp(run.folder))
        except MorphError as error:
            st.warning(words.plain(words.sentence(str(error))), icon=":material/error:")
    return records


@st.cache_data(max_entries=40, show_spinner=False)
def _record(folder: Path, stamp: tuple[int, ...]) -> RunRecord:
    return read_record(folder, tree_of(read_json(folder / CONFIG)))


def _curves(records: dict[str, RunRecord]) -> None:
    st.header("Curves")
    tables = {name: one.epochs for name, one in records.items() if len(one.epochs)}
    if not tables:
        st.caption("None of these runs has fitted a model.")
        return
    offered = [v for v in _VALUES if any(t[v].notna().any() for t in tables.values())]
    value = st.segmented_control(
        "Value",
        offered,
        default=offered[0],
        required=True,
        format_func=_VALUES.get,
        key="runs_curve",
        label_visibility="collapsed",
    )
    figure = run_figures.compared(tables, value, _VALUES[value])
    alt = f"{_VALUES[value]} of {', '.join(tables)}"
    figures.chart(figure, key="compared_curves", alt=alt)
    names = {"series": "Run", "x": "Epoch", "y": _VALUES[value]}
    figures.table_of(figure, names, key="compared_curves_table", alt=alt)
    st.caption(
        "Losses can be compared only between fits to the same votes with the same "
        "settings of the loss."
    )


def _settings(records: dict[str, RunRecord]) -> None:
    st.header("Different settings")
    (first, reference), *others = records.items()
    rows: dict[str, dict[str, str]] = {}
    for name, record in others:
        for path, (before, now) in differences(reference.config, record.config).items():
            row = rows.setdefault(
                path, {"Setting": path, first: setting_fields.shown(before)}
            )
            row[name] = setting_fields.shown(now)
    if not rows:
        st.caption("All settings are the same.")
        return
    names = list(records)
    table = pd.DataFrame(list(rows.values()), columns=["Setting", *names])
    for name in names[1:]:  # the same as in the first run
        table[name] = table[name].fillna(table[first])
    st.dataframe(table, hide_index=True, alt="Different settings")


def _errors(records: dict[str, RunRecord]) -> None:
    """Errors of each question, with their standard errors."""
    st.header("Errors")
    judged = {n: r.evaluation for n, r in records.items() if r.evaluation is not None}
    if not judged:
        st.caption("None of these runs was evaluated.")
        return
    galaxies = {(one.store, one.half) for one in judged.values()}
    if len(galaxies) > 1:
        st.warning(
            "The runs were evaluated on different galaxies: "
            + "; ".join(f"{n} on {e.store}, {e.half}" for n, e in judged.items()),
            icon=":material/warning:",
        )
    columns = {
        name: one.tables["questions"].set_index("question").apply(_with_error, axis=1)
        for name, one in judged.items()
        if "questions" in one.tables
    }
    table = pd.DataFrame(columns).rename_axis("Question").reset_index()
    table["Question"] = (
        table["Question"].map(_titles(records)).fillna(table["Question"])
    )
    mean = {n: f"{e.mean_rmse:.4f}" for n, e in judged.items() if e.mean_rmse}
    table.loc[len(table)] = {"Question": "Mean", **mean}
    st.dataframe(table, hide_index=True, placeholder="–", alt="RMS errors")
    st.caption("RMS error of vote fractions ± its standard error; lower is better.")


def _titles(records: dict[str, RunRecord]) -> dict[str, str]:
    """Title of each question by its name, of all their trees."""
    trees = (tree_of(record.config) for record in records.values())
    return {one.name: one.title for tree in trees for one in tree.questions}


def _with_error(row: pd.Series) -> str:
    if pd.isna(row["rmse"]):
        return "–"
    error = row["rmse_error"]
    return f"{row['rmse']:.4f}" + ("" if pd.isna(error) else f" ± {error:.4f}")


def _agreement(runs: Sequence[RunState]) -> None:
    """Agreement of the releases that the runs made, on galaxies in both."""
    st.header("Agreement of predictions")
    made = [run for run in runs if (run.folder / "release" / MANIFEST).is_file()]
    if len(made) < 2:
        st.caption("Fewer than two of these runs made a release.")
        return
    first, rows = made[0], []
    for other in made[1:]:
        try:
            folders = [run.folder / "release" for run in (first, other)]
            marks = tuple(sha256_of(folder / MANIFEST) for folder in folders)
            rows += _compared(*folders, tree_of(first.config), marks)
        except MorphError as error:
            st.warning(words.plain(words.sentence(str(error))), icon=":material/error:")
    if not rows:
        st.caption("Their releases have no galaxies in common.")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="–", alt="Agreement")
    st.caption(
        f"Against {words.plain(first.run_id)}, for galaxies in both releases. Same "
        "answer: fraction of galaxies with the same most probable answer, among those "
        "that reach the question in both. RMS change: of the expected vote fractions."
    )


@st.cache_data(max_entries=40, show_spinner=False)
def _compared(
    first: Path, other: Path, tree: DecisionTree, marks: tuple[str, ...]
) -> list[dict]:
    """Rows of two release folders; ``marks`` are the checksums of their manifests."""
    found = changes.changes(first, other, tree)
    titles = {one.name: one.title for one in tree.questions}
    if not found.shared:
        return []
    return [
        {
            "Run": other.parent.name,
            "Question": titles[row.question],
            "Galaxies": row.galaxies,
            "Same answer": row.same,
            "RMS change": row.rms,
        }
        for row in found.questions.itertuples()
    ]
