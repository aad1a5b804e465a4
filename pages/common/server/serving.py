"""What the routes of this app share: base path, and version of a cutout store."""

from pathlib import Path

import streamlit as st


def base_path() -> str:
    """Prefix of every path when served below a folder; "" otherwise."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def stamp(store: Path) -> int:
    """A number that changes with a cutout store; 0 where there is none."""
    path = store / "manifest.json"
    return path.stat().st_mtime_ns if path.is_file() else 0
