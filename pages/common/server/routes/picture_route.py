"""One galaxy's image over HTTP, rendered from the stored fluxes on request."""

from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from morph.errors import MorphError
from morph.home import cutouts_folder, home
from morph.images import rendering, store
from morph.images.rendering import ImageStyle
from morph.images.surveys import Held, survey_called
from pages.common.server.routes import serving

ROUTE = "/picture/{store}/{iauname}.png"


def url(held: Held, look: ImageStyle) -> str:
    """URL of an image; it changes with the store, so that caches are renewed."""
    version = serving.stamp(cutouts_folder(home(), held.store))
    query = urlencode(look.parameters() | {"v": f"{version:x}"})
    path = serving.base_path()
    return f"{path}/picture/{quote(held.store)}/{quote(held.iauname)}.png?{query}"


def respond(request: Request) -> Response:
    """Answer ``/picture/{store}/{iauname}.png?stretch=linear&bands=r``: a PNG.

    400 in words for a look that does not exist, 404 for a store or a galaxy.
    """
    try:
        look = rendering.style_of(request.query_params)
    except MorphError as error:
        return serving.refused(error, 400)
    try:
        made = picture(
            *(request.path_params[one] for one in ("store", "iauname")), look
        )
    except MorphError as error:
        return serving.refused(error)
    return serving.image(request, made, "image/png")


def picture(store_name: str, iauname: str, look: ImageStyle) -> bytes:
    """The PNG of a galaxy in a store; MorphError if there is none."""
    folder = cutouts_folder(home(), store_name)
    return _encoded(folder, serving.stamp(folder), iauname, look)


@lru_cache(maxsize=512)
def _encoded(folder: Path, stamp: int, iauname: str, look: ImageStyle) -> bytes:
    manifest = store.read_store_manifest(folder)  # MorphError if it is not finished
    flux = store.find_cutout(folder, iauname)
    if flux is None:
        raise MorphError(
            f"the cutout store {folder.name} has no galaxy {iauname[:60]!r}"
        )
    scale = store.pixscale_of(folder, iauname) or 1.0  # a field is in pixels then
    colours = survey_called(manifest.survey).colours
    drawn = rendering.draw(flux, look, pixscale_arcsec=scale, colours=colours)
    return rendering.encode_png(drawn)
