"""The numbers of one galaxy: position, measurements, and the posterior as a table."""

from functools import partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from morph.analysis.one_galaxy import INTERVAL_MASS, Galaxy
from morph.images.blanks import flag_words
from morph.images.cutout_service.cutout_urls import layer_at
from morph.images.surveys import survey_called
from morph.posterior.measures import MEASURES
from morph.release.folder import Manifest
from morph.release.manifest import SIMULATED
from morph.release.photometry_and_redshifts import MEASURED
from morph.sky import external_links, position_texts
from morph.wording import percent
from pages.common import words

_INTERVAL = percent(INTERVAL_MASS)
_MEASURES = {
    m.title + f" ({m.unit})" * bool(m.unit): m for m in MEASURES if not m.of_answer
}


def facts(galaxy: Galaxy) -> None:
    """Name, position and measurements, each with its unit."""
    rows = [("IAU name", galaxy.iauname)]
    if galaxy.source_id:
        rows.append(("Source identifier", galaxy.source_id))
    if galaxy.ra is not None and galaxy.dec is not None:
        rows.append(("RA, Dec (deg)", f"{galaxy.ra:.6f} {galaxy.dec:+.6f}"))
    else:
        rows.append(("RA, Dec", "unknown"))
    if galaxy.position_from:
        rows.append(("Position from", galaxy.position_from))
    for column, value in galaxy.physical.items():
        rows.append((MEASURED[column].title, _measured(column, value)))
    cells = "".join(f"<span>{escape(a)}</span><b>{escape(b)}</b>" for a, b in rows)
    st.html(f'<div class="facts">{cells}</div>')


def coordinates(galaxy: Galaxy) -> None:
    """The position in the forms that other programs take, each to be copied."""
    if galaxy.ra is None or galaxy.dec is None:
        return
    with st.popover("Copy coordinates", icon=":material/content_copy:"):
        st.caption("ICRS. Copy with the button in the corner.")
        for text in position_texts(galaxy.ra, galaxy.dec):
            st.code(text, language=None)


def warn_of_image(galaxy: Galaxy) -> None:
    """Say that the model saw only a part of the image, or clipped fluxes."""
    flag = int(galaxy.physical.get("image_flag") or 0)
    if not flag:
        return
    bad = galaxy.physical.get("bad_pixels") or 0.0
    seen = (
        f" The model saw empty sky in place of its bad pixels ({percent(bad)})."
        if bad
        else ""
    )
    st.caption(f":material/broken_image: Image: {flag_words(flag)}.{seen}")


def _measured(column: str, value: float | None) -> str:
    if value is None:
        return "unknown"
    if MEASURED[column].kind == "flag":
        return f"{value:.0f} ({flag_words(int(value))})"
    return f"{value:.3f}"


def links(galaxy: Galaxy, manifest: Manifest) -> None:
    """Links to external archives at this position, for the real sky only."""
    if manifest.origin in SIMULATED:
        st.caption(
            ":material/public_off: The galaxy and its position are simulated, so "
            "external archives have no entry."
        )
    elif galaxy.ra is None or galaxy.dec is None:
        st.caption("No position, so no links to external archives.")
    else:
        layer = layer_at(survey_called(manifest.survey), galaxy.ra, galaxy.dec)
        archives = external_links(galaxy.ra, galaxy.dec, layer)
        st.markdown(" · ".join(f"[{name}]({address})" for name, address in archives))


def numbers(galaxy: Galaxy) -> None:
    """The posterior as a table, and as text to copy."""
    shown = table(galaxy)
    st.dataframe(
        shown,
        hide_index=True,
        column_config=_columns(galaxy.passes),
        placeholder="–",
        alt=f"Posterior of {galaxy.iauname}: {len(shown)} answers",
    )
    with st.popover("Copy as text", icon=":material/content_copy:", width="content"):
        st.caption("Tab-separated columns; copy with the button in the corner.")
        st.code(as_text(galaxy), language=None, height=260)


def _columns(passes: int) -> dict[str, Any]:
    fraction = partial(st.column_config.NumberColumn, format="%.3f")
    interval = f"Credible interval{words.of_mixture(passes)}"
    return {
        "P(reached)": fraction(help="Probability of reaching the question"),
        "Fraction ρ̂": fraction(help="Expected vote fraction"),
        "σ": fraction(help=words.sentence(words.sigma(passes))),
        f"{_INTERVAL} from": fraction(help=interval),
        f"{_INTERVAL} to": fraction(help=interval),
        "P(ρ > 0.5)": fraction(
            help="Probability that more than half of the votes are for this answer"
        ),
        **{
            title: st.column_config.NumberColumn(
                format="%.1f" if measure.more_is_certain else "%.4f", help=measure.note
            )
            for title, measure in _MEASURES.items()
        },
        "Votes": st.column_config.NumberColumn(help="Volunteers who gave this answer"),
    }


def as_text(galaxy: Galaxy) -> str:
    """The table as tab-separated text; each row begins with name and position."""
    shown = table(galaxy)
    labels = [answer.label for one in galaxy.questions for answer in one.answers]
    position = {
        name: "" if value is None else f"{value:.5f}"
        for name, value in (("dec", galaxy.dec), ("ra", galaxy.ra))
    }
    for name, value in (
        {"label": labels} | position | {"iauname": galaxy.iauname}
    ).items():
        shown.insert(0, name, value)
    return shown.to_csv(sep="\t", index=False, float_format="%.6g")


def table(galaxy: Galaxy) -> pd.DataFrame:
    """The posterior of every answer, in words; columns without values left out."""
    rows = [
        {
            "Question": posterior.question.title,
            "P(reached)": posterior.asked,
            "Answer": answer.words,
            "Fraction ρ̂": answer.probability,
            "σ": None if answer.variance is None else answer.variance**0.5,
            f"{_INTERVAL} from": answer.lower,
            f"{_INTERVAL} to": answer.upper,
            "P(ρ > 0.5)": answer.above_half,
            **{t: posterior.measures[m.name] for t, m in _MEASURES.items()},
            "Votes": answer.votes,
        }
        for posterior in galaxy.questions
        for answer in posterior.answers
    ]
    return pd.DataFrame(rows).dropna(axis="columns", how="all")
