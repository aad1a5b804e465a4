"""The first style and script stand in the head of documents, and in nothing else."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.common.server import document_head
from pages.common.server.document_head import DocumentHead

HERE = Path(document_head.__file__).parent
STYLE = (HERE / "first.css").read_text(encoding="utf-8")
SCRIPT = (HERE / "first.js").read_text(encoding="utf-8")
DOCUMENT = "<html><head><title>t</title></head><body>" + 2000 * "x" + "</body></html>"


def _document(request: Request) -> HTMLResponse:
    return HTMLResponse(DOCUMENT)


def _report(request: Request) -> HTMLResponse:
    policy = {"Content-Security-Policy": "sandbox"}
    return HTMLResponse(DOCUMENT, headers=policy)


def _text(request: Request) -> PlainTextResponse:
    return PlainTextResponse(DOCUMENT)


def answer(path: str, accept: str) -> tuple[str, int]:
    """The text of a page and the length its header says, of an app that packs it."""
    app = Starlette(
        routes=[
            Route("/page", _document),
            Route("/page/{more:path}", _document),
            Route("/text", _text),
            Route("/report", _report),
        ],
        middleware=[Middleware(DocumentHead), Middleware(GZipMiddleware)],
    )
    given = TestClient(app).get(path, headers={"Accept": accept})
    return given.text, int(given.headers["content-length"])


def test_a_document_has_both_in_its_head():
    text, length = answer("/page", "text/html,*/*")
    before, _, after = text.partition(f"<style>{STYLE}</style><script>")
    script, _, after = after.partition("</script>")
    assert before + after == DOCUMENT
    assert length == len(text.encode())
    assert script.endswith(SCRIPT)
    assert 'const asked = "/page",' in script
    assert 'BACKEND_BASE_URL: location.origin + before + "/" };' in script


def test_a_path_cannot_end_the_script():
    text, _ = answer("/page/</script><b>", "text/html")
    assert "<b>" not in text
    assert r'const asked = "/page/\u003c/script>\u003cb>"' in text


def test_what_is_no_document_is_left_alone():
    assert answer("/text", "text/html")[0] == DOCUMENT
    assert answer("/page", "*/*")[0] == DOCUMENT
    assert answer("/report", "text/html")[0] == DOCUMENT  # it has a policy of its own


def test_neither_can_end_its_own_element():
    assert "</" not in STYLE + SCRIPT
