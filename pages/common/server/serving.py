"""What the routes of this app share: where they begin, and how new pictures are."""

from pathlib import Path

import streamlit as st


def base_path() -> str:
    """What stands before every path when served below a folder; "" otherwise."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def stamp(store: Path) -> int:
    """A number that changes with a cutout store; 0 where there is none."""
    path = store / "manifest.json"
    return path.stat().st_mtime_ns if path.is_file() else 0
