"""An uploaded image as the query of a search, encoded by the model of the release."""

import base64
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from morph.catalogue.arrays import questions_without_fractions
from morph.errors import MorphError
from morph.images import store, uploaded_image
from morph.images.decoded_image import PIXSCALES_ARCSEC
from morph.images.stretch import colour_picture
from morph.images.uploaded_image import Encoder, Seen, Uploaded
from morph.posterior import dirichlet
from morph.similar import query
from morph.trees.decision_tree import DecisionTree
from pages.common import words
from pages.common.galaxies.vectors import Space
from pages.common.here import Here

_TYPES = ["jpg", "jpeg", "png", "tif", "tiff", "fits", "fit", "fts", "fz", "gz"]
_MEGABYTES = uploaded_image.MAX_BYTES // 1_000_000
_WIDTH = 128  # pixels
_ANSWERS = 3

_one_at_a_time = threading.Lock()  # several models at once would fill memory


@dataclass(frozen=True)
class Example:
    """An uploaded image as an example: its vector and its expected vote fractions."""

    vector: np.ndarray  # (D,)
    probability: np.ndarray  # (L,), NaN if the model predicts no answers
    name: str
    sha256: str


def why_not(here: Here, space: Space) -> str:
    """Why this release cannot encode an image; empty if it can."""
    try:
        uploaded_image.encoder_of(here.root, here.release.manifest, space)
    except MorphError as error:
        return f"{words.sentence(str(error))}."
    return ""


def example(here: Here, space: Space) -> Example | None:
    """An uploaded image; None if there is none or it cannot be used."""
    try:
        encoder = uploaded_image.encoder_of(here.root, here.release.manifest, space)
    except MorphError as error:
        st.caption(f"{words.sentence(str(error))}.")
        return None
    file = st.file_uploader(
        "Or upload an image",
        type=_TYPES,
        max_upload_size=_MEGABYTES,
        key="upload",
        help="JPEG, PNG or TIFF in the style of the Legacy Surveys viewer, or FITS "
        "with fluxes in g, r, z. Centre the galaxy; the orientation does not matter.",
    )
    if file is None:
        return None
    try:
        return _example(here, space, file.getvalue(), file.name, encoder)
    except MorphError as error:
        # The message begins with the file name, which keeps its case.
        st.error(f"{words.plain(str(error))}.", icon=":material/broken_image:")
        return None


def _example(
    here: Here, space: Space, data: bytes, name: str, encoder: Encoder
) -> Example:
    """Show the image as the model received it, and return the example."""
    digest = hashlib.sha256(data).hexdigest()
    picture = _decoded(digest, name, data)
    scale = st.number_input(
        "Pixel scale (arcsec)",
        *PIXSCALES_ARCSEC,
        picture.pixscale_arcsec or encoder.pixscale_arcsec,
        0.001,
        format="%.3f",
        key=f"scale_{digest[:8]}",
        help="The default of Legacy Surveys cutouts is 0.262.",
    )
    with st.spinner("Encoding the image (takes a few seconds)", show_time=True):
        seen, jpeg = _seen(digest, str(encoder.run), float(scale), picture, encoder)
    expected = seen.expected(here.release.tree)
    _show(jpeg, expected, here.release.tree, picture.notices)
    vector = seen.features
    if space == "answers":
        without = questions_without_fractions(here.con, here.release)
        tree = here.release.tree
        vector = query.answer_vectors(expected[None], tree, without=without)[0]
    return Example(vector, expected, name, digest)


def _show(
    jpeg: bytes, expected: np.ndarray, tree: DecisionTree, notices: Sequence[str]
) -> None:
    address = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    st.html(
        f'<figure class="cutout" style="width:{_WIDTH}px"><img src="{address}" '
        'alt="The uploaded image as the model received it"></figure>'
    )
    for notice in notices:  # a header's words are in some
        st.caption(words.plain(notice))
    if np.isfinite(expected).all():
        st.caption(f"Prediction: {', '.join(_most_probable(expected, tree))}.")
    else:
        st.caption("This model computes image features only; it predicts no answers.")


def _most_probable(expected: np.ndarray, tree: DecisionTree) -> list[str]:
    """The most probable answers to the first questions that are reached."""
    asked = dirichlet.asked_probability(expected[None], tree)[0]
    answers = []
    for question in (q for q, p in zip(tree.questions, asked, strict=True) if p > 0.5):
        fractions = expected[tree.columns(question)]
        answers.append(
            f"{tree.words(question.labels[fractions.argmax()])} {fractions.max():.2f}"
        )
    return answers[:_ANSWERS]


@st.cache_data(max_entries=20, show_spinner="Reading the image")
def _decoded(digest: str, name: str, _data: bytes) -> Uploaded:
    return uploaded_image.read_picture(_data, name)


@st.cache_data(max_entries=50, show_spinner=False)
def _seen(
    digest: str, run: str, scale: float, _picture: Uploaded, _encoder: Encoder
) -> tuple[Seen, bytes]:
    flux = uploaded_image.fitted(_picture, _encoder, scale)
    with _one_at_a_time:
        seen = uploaded_image.see(_encoder, flux)
    jpeg = store.encode_jpeg(colour_picture(flux), width=2 * _WIDTH)
    return seen, jpeg
