"""The image of a galaxy, its display options, and its images in other surveys."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from morph.analysis.one_galaxy import Galaxy
from morph.home import cutouts_folder
from morph.images.new_stores.made_for import store_names
from morph.images.rendering import COLOUR, ImageStyle
from morph.images.stretch import STRETCHES
from morph.images.surveys import Held, pictures_of
from pages.common import words
from pages.common.address import navigation
from pages.common.address.choices import LOOKS
from pages.common.address.controls import from_list, one_of
from pages.common.components.cutout_picture import Cutout, cutout_picture
from pages.common.galaxies import release_tables
from pages.common.here import Here
from pages.common.server.routes import picture_route
from pages.galaxy import pair_figure, picture_actions, survey_picture

ONE, BESIDE = "One at a time", "Side by side"
_FEW_PIXELS = 192  # across; fewer are shown without interpolation
_WIDE = "picture_wide"
_HELP = " ".join(f"{one.title}: {one.note}." for one in STRETCHES.values())


def is_wide() -> bool:
    """Whether two images are side by side and need more width."""
    if _WIDE not in st.session_state:
        st.session_state[_WIDE] = st.query_params.get("pair") == BESIDE
    return st.session_state[_WIDE]


@st.fragment
def draw(here: Here, galaxy: Galaxy) -> None:
    """The image with its controls, or the reason why there is none."""
    if navigation.asked():
        st.rerun()
    held = pictures(here, galaxy)
    room = st.container(key="pictures_beside" if is_wide() else "picture_alone")
    look = _look() if held else (ImageStyle(), 1)
    names = _names(held)
    other, beside = _other(held[1:], names) if len(held) > 1 else (None, False)
    if beside != is_wide():
        st.session_state[_WIDE] = beside
        if other is not None:
            st.rerun()
    shown = held[:1] if other is None else (held[0], other)
    with room:
        if held:
            cutouts = _cutouts(galaxy, shown, look, names=names)
            about = f"Images of {galaxy.iauname}"
            cutout_picture(cutouts, key="cutout_picture", label=about, beside=beside)
        elif not survey_picture.show(here.release, galaxy):
            reason = escape(release_tables.why_no_images(here.release.manifest))
            text = f"<span>No image of this galaxy: {reason}.</span>"
            st.html(f'<div class="cutout without">{text}</div>')
    if held:
        picture_actions.draw(galaxy, cutouts, shown, names)
        st.caption(" ".join(_credit(one, galaxy, names[one.store]) for one in shown))
        pair_figure.offer(here, galaxy, held, beside=other, look=look)


def pictures(here: Here, galaxy: Galaxy) -> tuple[Held, ...]:
    """All images of a galaxy, first of its release; none if the release has none."""
    stores = store_names(here.root, here.release.manifest)
    first = [cutouts_folder(here.root, name) for name in stores]
    others = [one for one in (here.root / "cutouts").glob("*") if one not in first]
    position = None if None in (galaxy.ra, galaxy.dec) else (galaxy.ra, galaxy.dec)
    held = pictures_of(
        (*first, *sorted(others)),
        galaxy.iauname,
        position,
        origin=here.release.manifest.origin,
    )
    return held if held and held[0].store in stores else ()


def _look() -> tuple[ImageStyle, int]:
    """The chosen rendering, without its field, and the zoom factor."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        stretch, zoom, bands = (
            one_of(
                name.capitalize(),
                LOOKS[name],
                key=name,
                help=_HELP if name == "stretch" else None,
            )
            for name in ("stretch", "zoom", "bands")
        )
        invert = st.toggle("Invert", key="invert", bind="query-params")
    return ImageStyle(stretch, bands, None, invert), int(zoom)


def _names(held: tuple[Held, ...]) -> dict[str, str]:
    """Store -> the survey of its image, with the store where several are of one."""
    surveys = [one.survey for one in held]
    return {
        one.store: one.survey
        if surveys.count(one.survey) == 1
        else f"{one.survey}, {one.store}"
        for one in held
    }


def _other(held: tuple[Held, ...], names: Mapping[str, str]) -> tuple[Held, bool]:
    """The chosen other image, and whether it is beside the first."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        label = "Second image"
        if len(held) == 1:
            label = f"Second image: {names[held[0].store]}"
        layout = one_of(label, (ONE, BESIDE), key="pair")
        if len(held) == 1:
            return held[0], layout == BESIDE
        others = {one.store: names[one.store] for one in held}
        store = from_list("Survey", others, key="twin", width=200)
    return next(one for one in held if one.store == store), layout == BESIDE


def _cutouts(
    galaxy: Galaxy,
    held: tuple[Held, ...],
    look: tuple[ImageStyle, int],
    *,
    names: Mapping[str, str],
) -> list[Cutout]:
    """What is drawn of each image, of the same field where their scales are known."""
    drawn, zoom = look
    fields = [one.field_arcsec for one in held]
    field = None if None in fields else min(fields) / zoom
    wide = "of unknown scale" if field is None else f"{field:.1f} arcsec wide"
    bands = "g, r and z" if drawn.bands == COLOUR else f"the {drawn.bands} band"
    return [
        Cutout(
            picture_route.url(
                one,
                ImageStyle(
                    drawn.stretch,
                    drawn.bands,
                    field or _field_of(one) / zoom,
                    drawn.invert,
                ),
            ),
            names[one.store],
            f"{galaxy.iauname} from {names[one.store]} in {bands}, {wide}, "
            "north up, east left",
            field,
            (field or _field_of(one) / zoom) / (one.pixscale_arcsec or 1) < _FEW_PIXELS,
        )
        for one in held
    ]


def _field_of(held: Held) -> float:
    """Width of the image in arcsec, or in pixels where its scale is unknown."""
    return held.field_arcsec or float(held.manifest.size)


def _credit(held: Held, galaxy: Galaxy, name: str) -> str:
    scale = held.pixscale_arcsec
    pixels = f"{scale:.3g} arcsec/pixel" if scale else "unknown pixel scale"
    credit = f"{words.plain(name)}: {words.plain(held.credit)}; {pixels}."
    if held.iauname == galaxy.iauname:
        return credit
    apart = f"{held.separation_arcsec:.1f} arcsec away"
    return f"{credit} Matched to {held.iauname}, {apart}."
