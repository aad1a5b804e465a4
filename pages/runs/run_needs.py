"""What a new run will process and take, and what this computer has."""

import shutil
from pathlib import Path

import streamlit as st

from morph.new_run import checks, expected
from morph.new_run.ingredients import Ingredients
from morph.runs import gpus
from morph.runs.config import RunConfig
from morph.wording import duration, size
from pages.common import words


def draw(
    root: Path,
    found: Ingredients,
    config: RunConfig | None,
    seconds: float | None,
    *,
    then: str,
) -> None:
    """Draw it; without a ``config``, which is still wrong, only what there is.

    ``then`` is the name of a run that is started with it, or "".
    """
    lines = []
    if config is not None:
        fitted = expected.fit_images(config, found)
        epochs = f"{fitted:,.0f} over all epochs" if fitted else ""
        released = expected.release_images(config, found)
        release = f"{released:,} in the release" if released else ""
        lines += [("Images", " · ".join(filter(None, (epochs, release))) or "none")]
        waited_for = checks.waited_for(config, found)
        if waited_for:
            lines += [("Waits for", f"the model of {' and '.join(waited_for)}")]
        unknown = "unknown: no similar run has finished here"
        lines += [("Expected time", unknown if seconds is None else duration(seconds))]
    if then:
        lines += [("Then", f"{then}, which waits for the model of this run")]
    lines += [("Free disk", size(shutil.disk_usage(root).free))]
    lines += [("GPU", _gpus())]
    with st.container(border=True):
        for name, value in lines:
            st.markdown(f"**{name}** {words.plain(value)}")


def _gpus() -> str:
    found = gpus.gpus()
    if not found:
        return "none; runs use the CPU"
    return "; ".join(
        f"{one.name}, {size(one.free)} of {size(one.total)} free" for one in found
    )
