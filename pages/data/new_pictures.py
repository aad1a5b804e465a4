"""A new cutout store from a folder of images on the computer of the dashboard."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.images.new_stores import pictures_run
from morph.images.new_stores.pictures_run import SHARED, SIZE, SIZES
from morph.images.surveys import known_surveys
from morph.runs import lifecycle
from morph.trees.decision_tree import TREES
from pages.common import toasts, words
from pages.common.server import who_may

_MOST_MB = 50
_LABELS, _PATH = "pictures_labels", "pictures_table"


def draw(root: Path) -> None:
    """The form, closed at first."""
    with st.expander(
        "New cutout store from a folder of images", icon=":material/folder_open:"
    ):
        where = "" if who_may.is_local() else f", inside `{SHARED}/` of MORPH_HOME"
        st.caption(
            "JPEG, PNG, TIFF or FITS images on the computer of the dashboard"
            f"{where}, in the folder and its subfolders."
        )
        left, right = st.columns(2, gap="large")
        with left:
            folder, given = _images(root)
        with right:
            given |= _table_and_pixels()
        _button(root, folder, given)


def _images(root: Path) -> tuple[str, dict[str, object]]:
    """The controls of what the images are: the folder, and the settings."""
    folder = st.selectbox(
        "Folder of images",
        pictures_run.folders_offered(root),
        index=None,
        placeholder=f"A path, or a folder in {SHARED}/ of MORPH_HOME",
        key="pictures_folder",
        accept_new_options=True,
    )
    store = st.text_input("Name of the store", max_chars=64, key="pictures_store")
    survey = st.selectbox(
        "Survey of the images",
        [one.name for one in known_surveys(root)],
        index=None,
        placeholder="Choose one, or type another name",
        key="pictures_survey",
        accept_new_options=True,
    )
    tree = st.selectbox(
        "Decision tree of the votes",
        list(TREES),
        format_func=lambda name: TREES[name].title,
        key="pictures_tree",
    )
    given = {"store": store.strip(), "survey": survey or "", "tree": tree}
    return (folder or "").strip(), given


def _table_and_pixels() -> dict[str, object]:
    """The controls of the table of the images, and of their pixels: the settings."""
    st.file_uploader(
        "Table with a row per image: names, positions, votes (optional)",
        max_upload_size=_MOST_MB,
        key=_LABELS,
    )
    st.text_input("Or the path of that table", key=_PATH)
    with st.container(horizontal=True):
        size = st.number_input("Pixels per side", *SIZES, SIZE, key="pictures_size")
        scale = st.number_input(
            "arcsec per pixel of the files",
            0.001,
            60.0,
            None,
            format="%.3f",
            placeholder="as in FITS headers",
            key="pictures_scale",
        )
    return {"size": int(size), "pixscale_arcsec": scale}


def _button(root: Path, folder: str, given: dict[str, object]) -> None:
    refused = who_may.explained()
    st.button(
        "Make the store",
        key="make_pictures",
        icon=":material/photo_library:",
        type="primary",
        disabled=bool(refused) or not (folder and given["store"] and given["survey"]),
        help=refused or None,
        on_click=_start,
        args=(root, folder, given),
    )


@toasts.refusals()
@who_may.change
def _start(root: Path, folder: str, given: dict[str, object]) -> None:
    path = pictures_run.folder_called(root, folder, anywhere=who_may.is_local())
    labels, table = _labels(root)
    stated = {"folder": str(path), "source": f"folder {path.name}"}
    stated |= {"kind": "pictures", "labels": labels}
    wanted = pictures_run.read_pictures(given | stated)
    begun = pictures_run.begin(root, wanted, table)
    lifecycle.start_run(begun)
    toasts.note(
        f"The store {words.plain(wanted.store)} is being made",
        ":material/photo_library:",
    )


def _labels(root: Path) -> tuple[str, bytes | None]:
    """The name of the table with a row per image, and its bytes; "" without one."""
    file, text = st.session_state.get(_LABELS), st.session_state.get(_PATH, "").strip()
    if file is not None and text:
        raise MorphError("a table is uploaded and another named; remove one of the two")
    if text:
        path = pictures_run.table_called(root, text, anywhere=who_may.is_local())
        return path.name, path.read_bytes()
    return ("", None) if file is None else (Path(file.name).name, file.getvalue())
