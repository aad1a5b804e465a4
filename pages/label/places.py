"""The places of a queue as a browser shows them, and their images over HTTP.

Addresses of images have the number of the place, not the name of the galaxy, which is
hidden while labelling blind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from duckdb import DuckDBPyConnection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from morph.catalogue import release_table
from morph.catalogue.arrays import by_name
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import home
from morph.images.rendering import FIELDS_ARCSEC, ImageStyle, style_of
from morph.images.surveys import Held, pictures_of
from morph.labels import label_queue
from morph.labels.label_queue import LabelQueue, Showing
from pages.common.components.cutout_picture import bar_arcsec
from pages.common.galaxies import tiles
from pages.common.server import database
from pages.common.server.routes import picture_route, serving, thumbnails

ROUTE = "/label/{queue}/image/{number}"
METHODS = ("GET",)
FEW_PIXELS = 192  # across; fewer are shown without interpolation, as on Galaxy
WIDTH = 512  # pixels, of images from the service of a survey


@dataclass(frozen=True)
class Look:
    """How images are shown; ``stretch`` and ``zoom`` are "" where they have none."""

    stretch: str
    zoom: str
    blind: bool


def drawn(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    queue: LabelQueue,
    shown: Sequence[Showing],
    look: Look,
) -> list[dict[str, Any]]:
    """What the browser draws at each place; without the galaxy if it is blind."""
    names = [one.iauname for one in shown]
    pictured = thumbnails.shown(release.manifest, names)
    found = []
    for one in shown:
        place: dict[str, Any] = {"number": one.number, "picture": None}
        if one.iauname in pictured:
            place["picture"] = _url(release, queue, one.number, look)
            place |= _scale(release, one.iauname, int(look.zoom or "1"))
        found.append(place)
    if not look.blind:
        about = _about(con, release, names)
        for place, name in zip(found, names, strict=True):
            place |= about.get(
                name, {"name": name, "link": "", "place": "", "bars": []}
            )
    return found


def _url(release: LoadedRelease, queue: LabelQueue, number: int, look: Look) -> str:
    stamps = [serving.stamp(store) for store in thumbnails.stores(release.manifest)]
    asked = {"stretch": look.stretch, "zoom": look.zoom} if look.stretch else {}
    query = urlencode({**asked, "v": f"{max(stamps, default=0):x}"})
    path = ROUTE.format(queue=queue.queue_id, number=number)
    return f"{serving.base_path()}{path}?{query}"


def _scale(release: LoadedRelease, name: str, zoom: int) -> dict[str, Any]:
    """The scale bar of a stored image, and whether its pixels are shown as they are."""
    held = _held(release, name)
    if held is None:
        return {}
    field = _field(held, zoom)
    crisp = field / (held.pixscale_arcsec or 1) < FEW_PIXELS
    if held.pixscale_arcsec is None:
        return {"crisp": crisp}
    length = bar_arcsec(field)
    return {"crisp": crisp, "bar": f"{length:g}″", "share": length / field}


def _about(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Name, position, and the vote fractions of the first question, of galaxies."""
    columns = tiles.columns(release, release.tree.labels[0])
    rows = by_name(con, release, names, columns=columns)
    return {
        tile.iauname: {
            "name": tile.iauname,
            "link": tile.link,
            "place": tile.place,
            "bars": [vars(bar) for bar in tile.bars],
        }
        for tile in tiles.of(rows, release)
    }


async def respond(request: Request) -> Response:
    """Answer ``/label/{queue}/image/{number}?stretch=linear&zoom=2``: PNG or JPEG.

    400 in words for a look that does not exist, 404 for a queue, a place or an image.
    """
    try:
        style, zoom = style_of(request.query_params), _zoom(request)
    except MorphError as error:
        return serving.refused(error, 400)
    try:
        release, name = await run_in_threadpool(_galaxy, request.path_params)
        picture = await run_in_threadpool(_stored, release, name, style, zoom)
        if picture is not None:
            return serving.image(request, picture, "image/png")
        jpeg = await thumbnails.picture(release.manifest, name, WIDTH)
    except MorphError as error:
        return serving.refused(error)
    if jpeg is None:
        return serving.refused(MorphError("there is no image of this galaxy"))
    return serving.image(request, jpeg, "image/jpeg")


def _galaxy(asked: dict[str, str]) -> tuple[LoadedRelease, str]:
    """The release and the galaxy of a place."""
    if not asked["number"].isdecimal() or len(asked["number"]) > 9:
        raise MorphError(f"{asked['number'][:20]!r} is no place of a queue")
    with database.cursor(home()) as con:
        queue = label_queue.saved_queue(con, asked["queue"])
        release = release_table.release(con, queue.release_id)
        showing = label_queue.showing_at(con, queue, int(asked["number"]))
    return release, showing.iauname


def _stored(
    release: LoadedRelease, name: str, style: ImageStyle, zoom: int
) -> bytes | None:
    """The image in the first store of the release that has it."""
    held = _held(release, name)
    if held is None:
        return None
    field = _field(held, zoom)
    style = ImageStyle(style.stretch, style.bands, field, style.invert)
    return picture_route.picture(held.store, held.iauname, style)


def _held(release: LoadedRelease, name: str) -> Held | None:
    stores = thumbnails.stores(release.manifest)
    held = pictures_of(stores, name, None, origin=release.manifest.origin)
    return held[0] if held else None


def _field(held: Held, zoom: int) -> float:
    """Width that is shown, in arcsec, or in pixels where the scale is unknown."""
    whole = held.field_arcsec or float(held.manifest.size)
    low, high = FIELDS_ARCSEC
    return min(max(whole / zoom, low), high)


def _zoom(request: Request) -> int:
    text = request.query_params.get("zoom", "1")
    if text not in ("1", "2", "4"):
        raise MorphError(f"zoom is {text[:40]!r}; expected one of: 1, 2, 4")
    return int(text)
