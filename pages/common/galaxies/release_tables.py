"""Tables of the loaded releases, and warnings about missing ones."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue import sync
from morph.catalogue.release_table import LoadedRelease
from morph.published.download_states import source_of
from morph.release.kinds import kind_of
from morph.release.manifest import Manifest
from morph.runs.run_files import verdict_words
from morph.selection.histograms import Expected
from pages.common import figures, words
from pages.common.server.routes import survey_pictures, thumbnails

_POSTERIOR = (
    "Dirichlet: vote fractions have a posterior, and so uncertainties. Fractions only: "
    "they have none."
)
_NOT_LEARNT = (
    "Questions that the model predicts no better than by their mean vote fraction, "
    "as measured on galaxies that it was not fitted to. Do not use its vote fractions "
    "of these questions."
)


def expected_table(release: LoadedRelease, expected: Expected) -> None:
    """The numbers of the tree as a table, one row for each answer."""
    figures.table(
        lambda: expected_rows(release, expected),
        {
            "Expected to reach it": figures.number(),
            "Expected with this answer": figures.number(),
        },
        key="expected_table",
        alt="Expected number of galaxies for each question and answer",
    )


def expected_rows(release: LoadedRelease, expected: Expected) -> pd.DataFrame:
    """The expected numbers of galaxies along the tree, a row for each answer."""
    rows = [
        {
            "Question": question.title,
            "Parent answers": (
                release.tree.asked_if(question)
                if question.asked_after
                else "none (every galaxy)"
            ),
            "Expected to reach it": expected.asked[question.name],
            "Answer": release.tree.words(label),
            "Expected with this answer": expected.answers[label],
        }
        for question in release.tree.questions
        for label in question.labels
    ]
    return pd.DataFrame(rows).round(0)


def releases_table(releases: Sequence[LoadedRelease]) -> None:
    """One row for each release: kind, title, survey, numbers."""
    rows = [
        {
            "Release": release.release_id,
            "Kind": kind_of(release.manifest).word,
            "Title": release.manifest.title,
            "Survey": release.manifest.survey,
            "Galaxies": release.galaxies,
            "Posterior": "Dirichlet" if release.has_uncertainty else "fractions only",
            "Images": "yes" if release.manifest.cutouts else "no",
            "Not learnt": ", ".join(
                release.tree.question(name).title
                for name in release.manifest.not_learnt
            ),
        }
        for release in releases
    ]
    table = pd.DataFrame(rows)
    if not table["Not learnt"].any():
        table = table.drop(columns="Not learnt")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Galaxies": figures.number(),
            "Title": st.column_config.TextColumn(width="large"),
            "Posterior": st.column_config.TextColumn(help=_POSTERIOR),
            "Not learnt": st.column_config.TextColumn(help=_NOT_LEARNT),
        },
        alt=f"{len(rows)} loaded releases",
    )


def provenance_table(release: LoadedRelease) -> None:
    """The provenance of one release."""
    manifest, kind = release.manifest, kind_of(release.manifest)
    rows = {
        "Release": manifest.release_id,
        "Kind": f"{kind.word}. {words.plain(kind.meaning)}",
        "Title": words.plain(manifest.title),
        "Note": words.plain(manifest.note),
        "Survey": manifest.survey,
        "Decision tree": f"{release.tree.title}, {len(release.tree.labels)} answers",
        "Model": words.plain(manifest.model or "")
        or ("none" if kind.is_votes else "not stated"),
        "Run": words.plain(manifest.parent_run or "imported"),
        "Galaxies": f"{release.galaxies:,}",
        "Created": words.plain(manifest.created),
        "SHA-256 of the manifest": release.manifest_sha256[:16] + "…",
    }
    if published := _published(manifest):
        rows["Published as"] = words.plain(published)
    if manifest.details.prior is not None:
        source = manifest.details.prior.get("source", "not stated")
        rows["Prior"] = words.plain(f"{kind.prior}. Source: {source}")
    if judged := verdict_words(manifest.details.choice):
        rows["Adaptation"] = words.plain(judged)
    attached = manifest.details.features
    if manifest.parent_release and attached is not None:
        model, run = attached.get("model", "not stated"), attached.get("run", "")
        rows["Parent release"] = words.plain(manifest.parent_release)
        rows["Features and map"] = words.plain(f"{model} (run {run})")
    st.table(
        pd.DataFrame({"": rows.values()}, index=list(rows)),
        border="horizontal",
        hide_header=True,
        alt=f"Provenance of {manifest.release_id}",
    )


def _published(manifest: Manifest) -> str:
    """The file that a release was downloaded as; "" if it was not."""
    source = source_of(manifest)
    facts = {
        "": source.get("file"),
        "doi:": source.get("doi"),
        "version ": source.get("version"),
        "MD5 ": source.get("md5"),
        "downloaded ": str(source.get("asked", ""))[:10],
    }
    return ", ".join(f"{what}{fact}" for what, fact in facts.items() if fact)


def not_loaded(con: DuckDBPyConnection, root: Path) -> None:
    """Releases in the folder that cannot be loaded, with the reason."""
    for waiting in sync.waiting(con, root / "releases"):
        if waiting.reason == "refused":
            st.warning(
                words.plain(waiting.message),
                title=f"{words.plain(waiting.release_id)} is not loaded",
                icon=":material/heart_broken:",
            )


def missing_pictures(release: LoadedRelease) -> None:
    """A warning about missing image folders of a release, if any."""
    gone = thumbnails.missing_stores(release.manifest)
    if gone:
        folders = words.plain(" and ".join(map(str, gone)))
        st.warning(
            f"Restore {folders}; until then, answers are shown in place of images.",
            title=f"Images of {release.release_id} are missing",
            icon=":material/hide_image:",
        )


def why_no_images(manifest: Manifest) -> str:
    """Why galaxies of a release have no images, and what to do about it."""
    if not manifest.cutouts:
        survey = survey_pictures.survey_of(manifest)
        if survey is not None:
            return (
                "this release has no cutouts, and the cutout service of "
                f"{survey.title} cannot be reached now"
            )
        return "this release has no cutouts"
    gone = thumbnails.missing_stores(manifest)
    if gone:
        which = " and ".join(map(str, gone))
        return f"the folder {which} is missing; restore it"
    stores = ", ".join(manifest.cutouts)
    return f"not in the cutout stores ({stores})"
