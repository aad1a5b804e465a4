"""What the routes of this app share: base path, store versions, images, refusals."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from morph.errors import MorphError
from pages.common import words

CACHE_SECONDS = 3600


def base_path() -> str:
    """Prefix of every path when served below a folder; "" otherwise."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def stamp(store: Path) -> int:
    """A number that changes with a cutout store; 0 where there is none."""
    path = store / "manifest.json"
    return path.stat().st_mtime_ns if path.is_file() else 0


def image(request: Request, data: bytes, media_type: str) -> Response:
    """An image that the browser may keep; 304 where it has it already."""
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={CACHE_SECONDS}"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def refused(
    error: MorphError, status: int = 404, headers: Mapping[str, str] | None = None
) -> Response:
    """The message of the error as plain text."""
    return PlainTextResponse(
        f"{words.sentence(words.without_home(str(error)))}.\n",
        status,
        headers or {"Cache-Control": "no-store"},
    )
