"""One galaxy: its picture, its numbers, its ways to other services."""

from html import escape

import pandas as pd
import streamlit as st

from morph.listing import Order, neighbours
from morph.one_galaxy import Galaxy
from morph.sky import external_links
from pages.common import galaxy_search, keys, thumbnails, words
from pages.common.frame import Here

SIDE = 384  # pixels of the shown picture
COARSE = 5  # times that a small cutout is enlarged, its pixels shown as they are
_BARS_ARCSEC = (1, 2, 5, 10, 20, 30, 60)


def turn(here: Here, galaxy: Galaxy, order: Order) -> None:
    """Ways to the galaxies before and after it in the selection, also by arrow keys."""
    beside = neighbours(
        here.con, here.release, here.selection, galaxy.iauname, order=order
    )
    if beside is None:
        st.caption("Not in the present selection", width="content")
        return
    for title, icon, key, name in (
        ("Previous", ":material/chevron_left:", keys.PREVIOUS, beside.previous),
        ("Next", ":material/chevron_right:", keys.NEXT, beside.next),
    ):
        st.button(
            title,
            icon=icon,
            key=key.press,
            shortcut=key.press,
            disabled=name is None,
            on_click=galaxy_search.show,
            args=(name,),
        )
    st.caption(
        f"{beside.rank:,} of {beside.total:,}, {order.words(here.release)}",
        width="content",
    )


def picture(here: Here, galaxy: Galaxy) -> None:
    """The cutout with a scale bar, north up and east left; or a calm tile."""
    store = thumbnails.store_of(here.release.manifest, galaxy.iauname)
    if store is None:
        st.html(
            '<div class="cutout without"><span>No picture of this galaxy in the '
            "cutout stores of its release</span></div>"
        )
        return
    address = thumbnails.url(
        here.release.release_id,
        galaxy.iauname,
        width=2 * SIDE,
        version=here.release.key.rpartition("@")[2],
    )
    field = store.size * store.pixscale_arcsec
    crisp = " crisp" if store.size < SIDE / 2 else ""
    side = min(SIDE, COARSE * store.size)
    alt = f"{galaxy.iauname} in g, r and z, {field:.0f} arcsec wide, north up"
    st.html(
        f'<figure class="cutout{crisp}" style="width:{side}px">'
        f'<img src="{escape(address)}" alt="{escape(alt)}" width="{side}" '
        f'height="{side}">{_scale_bar(field)}{_COMPASS}</figure>'
    )
    st.caption(
        f"{store.title}. g, r, z as blue, green, red with the stretch of the Legacy "
        f"Surveys viewer; {store.size} × {store.size} pixels of "
        f"{store.pixscale_arcsec:g} arcsec."
    )


def facts(galaxy: Galaxy) -> None:
    """Name, place and measures, each with its unit."""
    rows = [("IAU name", galaxy.iauname)]
    if galaxy.source_id:
        rows.append(("Own identifier", galaxy.source_id))
    if galaxy.ra is not None and galaxy.dec is not None:
        rows.append(("RA, Dec (deg)", f"{galaxy.ra:.5f} {galaxy.dec:+.5f}"))
    else:
        rows.append(("RA, Dec", "unknown"))
    if galaxy.position_from:
        rows.append(("Position from", galaxy.position_from))
    for column, value in galaxy.physical.items():
        known = "unknown" if value is None else f"{value:.3f}"
        rows.append((words.measured(column), known))
    cells = "".join(f"<span>{escape(a)}</span><b>{escape(b)}</b>" for a, b in rows)
    st.html(f'<div class="facts">{cells}</div>')


def links(galaxy: Galaxy, survey: str) -> None:
    """Other services' pages on the same place, in new tabs."""
    if galaxy.ra is None or galaxy.dec is None:
        st.caption("Without a position there is nothing to link to.")
        return
    found = external_links(galaxy.ra, galaxy.dec, survey)
    st.markdown(" · ".join(f"[{name}]({address})" for name, address in found))


def numbers(galaxy: Galaxy) -> None:
    """Every number of the posterior as a table; its menu copies and saves it."""
    rows = [
        {
            "Question": posterior.question.title,
            "Asked": posterior.asked,
            "Answer": answer.words,
            "Probability": answer.probability,
            "5 %": answer.lower,
            "95 %": answer.upper,
            "σ²": answer.variance,
            "Total concentration": posterior.total,
            "Mutual information (nats)": posterior.information,
            "Votes": answer.votes,
        }
        for posterior in galaxy.questions
        for answer in posterior.answers
    ]
    table = pd.DataFrame(rows).dropna(axis="columns", how="all")
    formats = {
        **dict.fromkeys(("Asked", "Probability", "5 %", "95 %"), "%.3f"),
        **dict.fromkeys(("σ²", "Mutual information (nats)"), "%.4f"),
        "Total concentration": "%.1f",
    }
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format=form)
            for name, form in formats.items()
        },
        placeholder="–",
        alt=f"Posterior of {galaxy.iauname}",
    )


def _scale_bar(field_arcsec: float) -> str:
    length = max(b for b in _BARS_ARCSEC if b <= max(field_arcsec / 3, 1))
    share = length / field_arcsec
    bar = f'<i class="bar" style="width:{share:.2%}"></i>'
    return f'{bar}<span class="bar">{length}″</span>'


_COMPASS = (
    '<div class="compass" role="img" aria-label="North is up, east is left">'
    "<span>N</span><span>E</span></div>"
)
