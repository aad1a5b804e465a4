"""The blocks of Methods: data sets, formulas, URL parameters, status."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from morph import wording
from morph.analysis.worked_example import THRESHOLD, WorkedExample, worked_example
from morph.catalogue import inventory
from morph.catalogue.arrays import at_rows, names
from morph.catalogue.release_table import LoadedRelease
from morph.geometry.ternary import suggested_corners
from morph.images.store import StoreManifest
from morph.images.survey.survey import Survey
from morph.images.surveys import known_surveys, survey_problems
from morph.release.folder import Manifest
from morph.release.kinds import kind_of
from morph.release.manifest import SIMULATED
from morph.selection.ready_made import WELL_SAMPLED
from morph.trees.decision_tree import DecisionTree
from pages.common import words
from pages.common.address.page_parameters import (
    example_link,
    page_parameters,
    selection_parameters,
)
from pages.common.here import HASHES

_STORES_CHANGE_S = 120  # images may still be arriving in the stores


def sources(
    releases: Sequence[LoadedRelease], stores: Mapping[str, StoreManifest]
) -> None:
    """Every data set in use: provenance, size, licence and citation."""
    rows = [
        (
            one.release_id,
            "Posteriors" if one.has_uncertainty else "Vote fractions only",
            kind_of(one.manifest).word,
            one.galaxies,
            _licence(one.manifest),
            _cited(one.manifest),
        )
        for one in releases
    ]
    rows += [
        (
            name,
            f"Images, {store.size} px{_at_scale(store)}",
            store.origin.capitalize(),
            store.galaxies,
            _licence(store),
            f"{words.plain(store.title)}.",
        )
        for name, store in stores.items()
    ]
    if not rows:
        st.caption("No release is loaded, and there are no images.")
        return
    st.table(
        pd.DataFrame(rows, columns=_SOURCE_COLUMNS).style.format(thousands=","),
        border="horizontal",
        hide_index=True,
        alt=f"{len(releases)} releases and {len(stores)} cutout stores",
    )


def _at_scale(store: StoreManifest) -> str:
    return f" at {store.pixscale_arcsec:.3g}″" if store.pixscale_arcsec else ""


def surveys(
    releases: Sequence[LoadedRelease], stores: Mapping[str, StoreManifest]
) -> None:
    """The surveys of the releases and images: footprint, pixels, seeing, credit."""
    used = {one.manifest.survey for one in releases}
    used |= {store.survey for store in stores.values()}
    rows = [
        (
            one.title,
            one.footprint.words if one.footprint else "–",
            f"{one.pixscale_arcsec:g}″" if one.pixscale_arcsec else "–",
            _widths(one),
            one.credit,
        )
        for one in known_surveys()
        if one.name in used
    ]
    if rows:
        columns = ("Survey", "Footprint", "Pixel", "Median PSF width (FWHM)", "Credit")
        st.table(
            pd.DataFrame(rows, columns=columns),
            border="horizontal",
            hide_index=True,
            alt=f"{len(rows)} surveys",
        )
    for problem in survey_problems():
        text = words.plain(f"{words.sentence(problem)}.")
        st.warning(text, icon=":material/warning:")


def _widths(survey: Survey) -> str:
    if survey.fwhm_arcsec is None:
        return "–"
    pairs = zip(survey.places, survey.fwhm_arcsec, strict=True)
    return ", ".join(f"{band} {width:.2f}″" for band, width in pairs)


def formulas(example: WorkedExample | None) -> None:
    """The formula of each quantity, worked through for a galaxy."""
    rows = [("Quantity", "Formula"), ("---", "---"), *_FORMULAS]
    if example:
        head = f"{example.question.title} of {example.iauname}"
        worked = (head, "---", *_worked(example))
        rows = [(*row, last) for row, last in zip(rows, worked, strict=True)]
    with st.container(key="formulas"):  # scrolls on a narrow screen
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs=HASHES)
def example_of(
    _con: DuckDBPyConnection, release: LoadedRelease
) -> WorkedExample | None:
    """The worked example of a release that has posteriors."""
    return worked_example(_con, release) if release.has_uncertainty else None


def named(
    con: DuckDBPyConnection,
    releases: Sequence[LoadedRelease],
    release: LoadedRelease | None,
) -> dict[str, str]:
    """What the examples of URL parameters name: releases, a galaxy, a question."""
    if release is None:
        return {}
    tree = release.tree
    question = tree.question_of(tree.first_answer)
    names = {"question": question.name, "answer": question.labels[-1]}
    for name in suggested_corners(tree):
        names["triangle"] = name
    first = at_rows(con, release, [0]).iloc[0]["iauname"]
    names |= {"release": release.release_id, "iauname": str(first)}
    others = [
        one.release_id
        for one in releases
        if one.key != release.key and one.tree.root == tree.root
    ]
    names |= {"well_sampled": str(WELL_SAMPLED)} if release.has_votes else {}
    return names | ({"other": others[0]} if others else {})


def addresses(tree: DecisionTree, loaded: Mapping[str, str]) -> None:
    """Every URL parameter, its meaning, and an example link."""
    every = [*selection_parameters(tree), *page_parameters(tree)]
    rows = [
        (n, p.means, p.page.capitalize(), example_link(n, p, loaded) or None)
        for n, p in every
    ]
    st.dataframe(
        pd.DataFrame(rows, columns=("Parameter", "Meaning", "Page", "Example")),
        hide_index=True,
        height=420,
        placeholder="",
        column_config={
            "Meaning": st.column_config.TextColumn(width="large"),
            "Example": st.column_config.LinkColumn(display_text="Try it"),
        },
        alt=f"The {len(rows)} URL parameters",
    )


def status(
    con: DuckDBPyConnection, root: Path, releases: Sequence[LoadedRelease]
) -> None:
    """Versions, sizes on disk, and how many galaxies have images."""
    left, middle, right = st.columns(3, gap="large")
    with left:
        _pairs("Program", inventory.versions())
    with middle:
        sizes = inventory.sizes(root)
        _pairs("On disk", {n: wording.size(size) for n, size in sizes.items()})
    with right:
        covered = {one.release_id: _covered(con, root, one) for one in releases}
        _pairs("Galaxies with an image", covered)


def _licence(manifest: Manifest | StoreManifest) -> str:
    stated = words.plain(getattr(manifest, "licence", ""))
    made_here = manifest.origin in SIMULATED
    return stated or ("None: simulated data" if made_here else "Not stated")


def _cited(manifest: Manifest) -> str:
    return words.plain(f"{manifest.title}. Cite: {manifest.citation or 'not stated'}.")


def _worked(example: WorkedExample) -> list[str]:
    """The numbers of each row of _FORMULAS."""
    question, at = example.question, example.largest
    alpha, total = example.concentration, example.total
    mean, answer = example.mean[at], question.words[at]
    each = ", ".join(
        f"{one} {a:.2f}" for one, a in zip(question.words, alpha, strict=True)
    )
    asked = " × ".join(f"{fraction:.4f} ({one})" for one, fraction in example.path)
    votes = ", ".join(str(count) for count in example.votes)
    return [
        f"{each}; $A = {total:.2f}$",
        f"{answer}: ${alpha[at]:.2f} / {total:.2f} = {mean:.4f}$",
        f"${mean:.4f} \\times {1 - mean:.4f} / {total + 1:.2f} = "
        f"{example.variance:.5f}$",
        f"$1 - I_{{{THRESHOLD:g}}}({alpha[at]:.2f},\\, {total - alpha[at]:.2f}) "
        f"= {example.tail:.4f}$",
        f"{asked} = {example.asked:.4f}",
        f"{votes} of {example.votes.sum()} volunteers: {example.votes_probability:.4f}",
    ]


@st.cache_data(
    max_entries=50, ttl=_STORES_CHANGE_S, show_spinner=False, hash_funcs=HASHES
)
def _covered(_con: DuckDBPyConnection, _root: Path, release: LoadedRelease) -> str:
    galaxies = names(_con, release)
    covered = inventory.pictured(_root, release.manifest, galaxies)
    return f"{covered:,} of {len(galaxies):,}"


def _pairs(title: str, pairs: Mapping[str, str]) -> None:
    st.markdown(f"**{title}**")
    st.table(
        pd.DataFrame({"": pairs.values()}, index=list(pairs)),
        border="horizontal",
        hide_header=True,
        alt=title,
    )


_SOURCE_COLUMNS = (
    "Data set",
    "Content",
    "Kind",
    "Galaxies",
    "Licence",
    "Title and citation",
)
_FORMULAS = (
    ("concentrations", r"$\alpha_a > 0$ of each answer, $A = \sum_a \alpha_a$"),
    ("expected vote fraction", r"$\hat\rho_a = \alpha_a / A$"),
    ("variance", r"$\sigma_a^2 = \hat\rho_a (1 - \hat\rho_a) / (A + 1)$"),
    ("probability above t", r"$P(\rho_a > t) = 1 - I_t(\alpha_a,\, A - \alpha_a)$"),
    ("probability of reaching the question", r"product of $\hat\rho$ up the tree"),
    (
        "probability of votes",
        r"$P(k) = \dfrac{N!\, \Gamma(A)}{\Gamma(N + A)} "
        r"\prod_a \dfrac{\Gamma(k_a + \alpha_a)}{k_a!\, \Gamma(\alpha_a)}$",
    ),
)
