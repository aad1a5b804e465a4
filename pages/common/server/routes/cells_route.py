"""Columns of a release for the sliders, over HTTP: codes of values, and masks of steps.

They are those of `morph.selection.in_memory.slider_codes`: a release that is loaded
anew has other addresses, so a browser keeps them for ever.
"""

import gzip
from urllib.parse import quote

import numpy as np
from duckdb import DuckDBPyConnection
from starlette.requests import Request
from starlette.responses import Response

from morph.catalogue import release_table
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import home
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.in_memory import slider_codes, step_masks
from morph.selection.in_memory.slider_codes import Positions
from morph.selection.url import from_query
from morph.subsets import url_ids
from pages.common.server import database
from pages.common.server.routes import serving

ROUTE = "/cells/{release}/{name}"
STEP = "step"  # the name of a step's mask among those of columns
_FOREVER = "private, max-age=31536000, immutable"


def url(release: LoadedRelease) -> str:
    """The address of a column's codes, with "{}" for the slider's parameter.

    With `STEP` in its place, and the query of a selection and the ``number`` of one of
    its steps behind, that of a bit for each galaxy: whether it passes the step.
    """
    folder = f"{serving.base_path()}/cells/{quote(release.release_id)}"
    return f"{folder}/{{}}?v={_version(release)}"


def respond(request: Request) -> Response:
    """Answer with bytes, little-endian, in row order; 404 in words."""
    asked = {name: request.query_params.getlist(name) for name in request.query_params}
    name = request.path_params["name"]
    try:
        with database.cursor(home()) as con:
            release = release_table.release(con, request.path_params["release"])
            if asked.pop("v", [""])[-1] != _version(release) or not fits(release):
                raise MorphError(f"the columns of {release.release_id} are others now")
            if name == STEP:
                data = _mask(con, release, asked)
            else:
                data = slider_codes.codes(con, release, _positions(release, name))
    except MorphError as error:
        return serving.refused(error)
    packed = gzip.compress(data.tobytes(), 1)
    headers = {"Cache-Control": _FOREVER, "Content-Encoding": "gzip"}
    return Response(packed, media_type="application/octet-stream", headers=headers)


def _version(release: LoadedRelease) -> str:
    return release.key.rpartition("@")[2]


def _positions(release: LoadedRelease, parameter: str) -> Positions:
    if parameter in release.tree.labels:
        return slider_codes.of_answer(parameter)
    found = parameter in MEASURED and slider_codes.of_measured(release, parameter)
    if not found:
        raise MorphError(f"{release.release_id} has no slider {parameter[:60]!r}")
    return found


def _mask(
    con: DuckDBPyConnection, release: LoadedRelease, query: dict[str, list[str]]
) -> np.ndarray:
    """A bit for each galaxy, the lowest of a byte first."""
    number = query.pop("number", [""])[-1]
    recipe = from_query(query, release, others=(), kept=url_ids.kept(con))
    if recipe.notices:
        raise MorphError("; ".join(recipe.notices))
    if not (number.isdecimal() and int(number[:4]) < len(recipe.steps)):
        raise MorphError(
            f"number is {number[:20]!r}; the selection has {len(recipe.steps)} steps, "
            "from 0"
        )
    up_to = recipe.steps[: int(number) + 1]
    passes, rows = (
        step_masks.masks(con, release, up_to)[-1],
        slider_codes.sample(release),
    )
    return np.packbits(passes if rows is None else passes[rows], bitorder="little")
