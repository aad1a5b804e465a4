"""Galaxies that a model is surest of, and those whose answers would teach it most."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from morph.catalogue.arrays import rows_of
from morph.learning import asked_queue
from morph.learning.asked_queue import Asked
from pages.common import words
from pages.common.address import navigation
from pages.common.address.controls import one_of
from pages.common.components.gallery import gallery
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.label.learn_job import Job

TILES = 12
_EXPLAINED = {
    "information": "Large where models fitted to resampled labels are sure of "
    "different answers: a label would decide between them.",
    "uncertainty": "Large where the answer is open, also where no label would help.",
    "margin": "Large where the two most probable answers are about equal.",
    "improvement": "By how much a rating may exceed the best one so far.",
    "bound": "The predicted rating plus twice its uncertainty.",
    "error": "Galaxies that the process knows least of.",
}


def surest(here: Here, job: Job, place: int) -> None:
    """The galaxies with the largest expected fraction of an answer, without labels."""
    problem, alpha = job.labels.problems[place], job.result.ranks[f"alpha_{place}"]
    fractions = alpha / alpha.sum(axis=1, keepdims=True)
    if problem.is_rating:
        scores = job.result.ranks["mean"]
        title = "Highest predicted ratings"
        shown = _largest(here, job, scores)
        caption = "The highest predicted ratings among galaxies without a label."
        texts = [(("Rating", f"{scores[row]:.2f}"),) for row in shown]
    else:
        chosen = one_of(
            "Surest of",
            {answer: answer for answer in problem.answers},
            key=f"label_surest_{place}",
            bind=None,
            label_visibility="collapsed",
        )
        scores = fractions[:, problem.answers.index(chosen)]
        title = f"Surest of {chosen}"
        shown = _largest(here, job, scores)
        caption = "The largest expected fractions among galaxies without a label."
        texts = [((chosen, f"{scores[row]:.2f}"),) for row in shown]
    _gallery(here, shown, texts, key=f"label_surest_tiles_{place}", label=title)
    st.caption(caption)


def next_ones(
    here: Here, asked: Asked, ranks: Mapping[str, np.ndarray], way: str
) -> None:
    """The first galaxies of a batch, each with the reason why it is asked."""
    rule = {**asked_queue.OF_ANSWERS, **asked_queue.OF_RATINGS}[way]
    name = words.sentence(rule.split()[-1])  # a tile has room for one word
    texts = [
        (("Chosen", "at random"),)
        if drawn
        else ((name, f"{ranks[way][row]:.3f}{asked_queue.UNITS.get(way, '')}"),)
        for row, drawn in zip(asked.rows[:TILES], asked.is_random[:TILES], strict=True)
    ]
    label = f"First {min(TILES, len(asked.rows))} of {words.galaxies(len(asked.rows))}"
    _gallery(here, asked.rows[:TILES], texts, key="label_next_tiles", label=label)
    st.caption(_EXPLAINED[way])


def _largest(here: Here, job: Job, scores: np.ndarray) -> np.ndarray:
    """Rows of the galaxies with the largest scores, without those labelled."""
    left = scores.copy()
    labelled = rows_of(here.con, here.release, job.labels.names)
    left[list(labelled.values())] = np.nan
    left = np.where(np.isfinite(left), left, -np.inf)
    best = np.argsort(-left, kind="stable")[:TILES]
    return best[np.isfinite(left[best])]


def _gallery(
    here: Here,
    rows: np.ndarray,
    texts: Sequence[tuple[tuple[str, str], ...]],
    *,
    key: str,
    label: str,
) -> None:
    shown: list[Tile] = [
        replace(tile, values=values)
        for tile, values in zip(tiles.at(here, rows), texts, strict=True)
    ]
    gallery(shown, key=key, label=label, side=112, on_open=navigation.to_galaxy)
