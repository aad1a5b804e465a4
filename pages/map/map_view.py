"""The map: density, coloured points, regions, landmarks, caption."""

import numpy as np
import streamlit as st

from morph.analysis.map_colours import Classes, Values
from morph.catalogue.release_table import LoadedRelease
from morph.figures.in_print.numbers import of_plane
from morph.figures.plane_scene import Landmark, Scene
from morph.geometry import density
from morph.geometry.density import Window
from morph.geometry.regions import Plane
from morph.release.maps import ReleaseMap, is_linear
from morph.wording import percent
from pages.common import figure_file, words
from pages.common.address import controls
from pages.common.components.plane import plane
from pages.common.galaxies import release_columns
from pages.common.here import Here
from pages.common.planes import plane_table, region_drawing
from pages.common.server.routes import thumbnails
from pages.map import map_colour, map_picked, map_zoom
from pages.map.map_colour import MapColour

HEIGHT = 560


def choose(release: LoadedRelease) -> ReleaseMap:
    """The map that is shown; a control where the release has several."""
    maps = {one.name: one for one in release.maps}
    if len(maps) == 1:
        return release.maps[0]
    name = st.selectbox(
        "Map",
        list(maps),
        key="map_name",
        bind="query-params",
        width=140,
        help="  \n".join(f"{m.name}: {words.plain(m.words)}" for m in maps.values()),
    )
    return maps[name]


def options() -> tuple[bool, int]:
    """Whether to show landmarks, and the seed of the sample of points."""
    with st.popover("Options", icon=":material/tune:"):
        landmarks = st.toggle(
            "Show images on the map", True, key="landmarks", bind="query-params"
        )
        seed = controls.whole_number(
            "Seed of the sample",
            0,
            999_999,
            0,
            key="map_seed",
            help="Another seed draws another sample of the same selection.",
        )
    return landmarks, seed


def draw(
    here: Here, on: ReleaseMap, chosen: MapColour, *, landmarks: bool, seed: int
) -> None:
    """The map with its caption; drawing, clicking and zooming change the session."""
    window = map_zoom.window(here, on)
    colours = map_colour.colouring(here, chosen)
    everyone = chosen.kind == "selection"
    sample = release_columns.sample(here, on, window, seed=seed, of_all=everyone)
    counted, of_whom = _counted(here, on.plane)
    dots, groups, shade = map_colour.points(here, on, sample, colours, counted)
    picture = release_columns.density(here, on, window)
    if chosen.means and isinstance(colours, Values):
        dots, picture = None, map_colour.mean_layer(here, on, colours, window)
    lines, labels = region_drawing.layers(on.plane)
    threads, mark = map_picked.layers(here, on)
    scene = Scene(
        label=_spoken(here, on, colours.title if colours else "number of galaxies"),
        window=window,
        picture=picture,
        points=dots,
        lines=(*threads, *lines),
        labels=(*labels, *mark),
        landmarks=_landmarks(here, on, window) if landmarks else (),
        shade=shade,
        groups=groups,
        equal=True,
        axes=on.axes,
        address=thumbnails.url(here.release, "{}", width=128),
        height=HEIGHT,
    )
    plane(
        scene,
        key="map",
        on_draw=lambda drawn: region_drawing.add(on.plane, drawn),
        on_click=lambda click: map_picked.pick(here, on, click, everyone=everyone),
        on_refine=map_zoom.refine,
    )
    drawn = None if dots is None else len(sample.rows)
    caption = _caption(here, on, drawn, seed) + (of_whom if groups else "")
    figure_file.offer_planes(
        [scene],
        key="map",
        caption=f"Map of features. {caption}",
        table=lambda: of_plane(scene),
        columns=180,
    )
    st.caption(caption)
    _table(here, on, window, colours)


def _table(
    here: Here, on: ReleaseMap, window: Window, colours: Values | Classes | None
) -> None:
    places = release_columns.coordinates(here, on)
    x = np.where(release_columns.selected(here), places.x, np.nan)
    values, title = None, ""
    if isinstance(colours, Values):
        values, title = colours.values, colours.title
    plane_table.draw(
        x, places.y, window, on.axes, key="map_table", values=values, title=title
    )


def _landmarks(here: Here, on: ReleaseMap, window: Window) -> tuple[Landmark, ...]:
    return tuple(
        Landmark(x, y, name, thumbnails.url(here.release, name, width=96))
        for name, x, y in release_columns.landmarks(here, on, window)
    )


def _spoken(here: Here, on: ReleaseMap, colours: str) -> str:
    known = release_columns.coordinates(here, on).known
    return (
        f"Map of {known:,} galaxies by their features, coloured by {colours}. Arrow "
        "keys pan, plus and minus zoom, Enter shows the galaxy at the centre"
    )


def _counted(here: Here, plane: Plane) -> tuple[np.ndarray | None, str]:
    """The galaxies that the legend counts: in the regions, selected, or all."""
    if regions := region_drawing.on(plane):
        inside = region_drawing.mask(here, regions) & release_columns.selected(here)
        return inside, " Legend: in the regions / total."
    if not here.selection.is_empty:
        return release_columns.selected(here), " Legend: selected / total."
    return None, ""


def _caption(here: Here, on: ReleaseMap, drawn: int | None, seed: int) -> str:
    places = release_columns.coordinates(here, on)
    trust = density.mean_trust(places.trust)
    preserved = ""
    if np.isfinite(trust):
        preserved = (
            f" On average the map preserves {percent(trust)} of a galaxy’s nearest "
            "neighbours in feature space."
        )
    shown = "Means of all selected galaxies in each pixel."
    if drawn is not None:
        among = words.galaxies(here.funnel.left)
        if not here.selection.is_empty:
            among = f"{here.funnel.left:,} selected galaxies"
        shown = (
            f"{drawn:,} of {among} drawn at random (seed {seed}); counts include all "
            "galaxies."
        )
    return (
        f"{shown} Grey: all {places.known:,} galaxies. "
        "Galaxies close together are usually similar; **distances between separate "
        "groups are not meaningful**. "
        f"{_which(here.release, on)}{settings(on)}{preserved}"
    )


def _which(release: LoadedRelease, on: ReleaseMap) -> str:
    """Which of several maps this is, and whose features it shows."""
    if len(release.maps) == 1:
        return ""
    model = on.model or "an unknown model"
    return words.plain(f"{on.name}: {on.words}; features of {model}. ")


def settings(on: ReleaseMap) -> str:
    """How the map was made, as recorded by its run."""
    made = on.settings
    if isinstance(made, str):
        return f"{made}."
    if not made:
        return "The settings of the map are not recorded."
    if is_linear(made):
        return "The axes are the first two principal components of the features."
    return (
        f"UMAP of {made['components']} principal components: {made['neighbours']} "
        f"neighbours, min_dist {made['min_dist']:g}, {made['epochs']} epochs, "
        f"seed {made['seed']}."
    )
