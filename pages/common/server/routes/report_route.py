"""A run's report and model card over HTTP."""

from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from morph.errors import MorphError
from morph.home import home, run_folder
from morph.report.card import CARD
from morph.report.page import POLICY, REPORT
from pages.common.server.routes import serving

ROUTE = "/run/{run}/{name}"
_KINDS = {REPORT: "text/html", CARD: "text/plain"}

# A run's folder may come from anywhere: its page is sandboxed, without access to the
# dashboard's origin, storage or other sites.
_HEADERS = {
    "Content-Security-Policy": f"sandbox allow-scripts; {POLICY}",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",  # a run may be carried out again under its name
}


def url(run_id: str, name: str) -> str:
    """URL of one of the two files of a run."""
    return f"{serving.base_path()}/run/{quote(run_id)}/{quote(name)}"


def respond(request: Request) -> Response:
    """Answer ``/run/{run}/report.html`` with the file, or 404 in words."""
    name = request.path_params["name"]
    try:
        path = _inside(request.path_params["run"], name)
    except MorphError as error:
        return serving.refused(error, headers=_HEADERS)
    return FileResponse(path, media_type=_KINDS[name], headers=_HEADERS)


def _inside(run_id: str, name: str) -> Path:
    """The file, if it is one of the two and lies in the run's own folder."""
    folder = run_folder(home(), run_id)
    path = folder / name
    if name not in _KINDS or not path.is_file():
        raise MorphError(f"the run {run_id} has no file {name[:60]!r}")
    if path.resolve() != (home() / "runs").resolve() / run_id / name:
        raise MorphError(
            f"{name} of the run {run_id} is a link to a file outside the run"
        )
    return path
