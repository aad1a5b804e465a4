"""The routes of the dashboard for a client in this process, with a secret beside."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import config

from pages.common.server.routes import (
    picture_route,
    report_route,
    subset_route,
    thumbnails,
)
from pages.common.server.same_site import SameSite
from pages.label import places

SECRET = "the secret outside of MORPH_HOME"  # noqa: S105 (no password)
ROUTES = (thumbnails, picture_route, subset_route, report_route, places)


def client() -> TestClient:
    """A client of these routes behind the checks of Host and Origin."""
    config.set_option("server.allowedHosts", ["localhost", "127.0.0.1"])
    routes = [Route(one.ROUTE, one.respond) for one in ROUTES]
    app = Starlette(routes=routes, middleware=[Middleware(SameSite)])
    return TestClient(app, base_url="http://localhost:8501")


def hide_secrets(root: Path) -> None:
    """Write the secret outside of the home, and links to it inside."""
    outside = root.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name in ("secret.txt", "report.html", "model_card.md", "manifest.json"):
        (outside / name).write_text(SECRET)
    for name in ("runs", "cutouts", "releases"):
        (root / name).mkdir(exist_ok=True)
        (root / name / "linked").symlink_to(outside, target_is_directory=True)
    run = root / "runs" / "mine"
    run.mkdir()
    (run / "config.json").write_text('{"kind": "source"}')
    for name in ("report.html", "model_card.md", "log.txt"):
        (run / name).symlink_to(outside / "secret.txt")
