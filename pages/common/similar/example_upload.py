"""An uploaded picture as the example of a search, seen by the release's own model."""

import base64
import hashlib
import threading
from dataclasses import dataclass

import numpy as np
import streamlit as st

from morph.errors import MorphError
from morph.images import store, uploaded_image
from morph.images.uploaded_image import Encoder, Seen, Uploaded
from morph.posterior import dirichlet
from morph.posterior.tree import DecisionTree
from morph.similar import query
from pages.common import words
from pages.common.galaxies.vectors import Space
from pages.common.here import Here

_TYPES = ["jpg", "jpeg", "png", "fits", "fit"]
_MEGABYTES = uploaded_image.MAX_BYTES // 1_000_000
_WIDTH = 128  # pixels
_TOLD = 3

_one_at_a_time = threading.Lock()  # a model loaded for each of many would fill memory


@dataclass(frozen=True)
class Example:
    """An uploaded picture as an example: its vector, and its expected answers."""

    vector: np.ndarray  # (D,)
    probability: np.ndarray  # (L,), NaN where its model has learnt no answers
    name: str
    sha256: str


@dataclass(frozen=True)
class Looked:
    """What the model saw in a picture, and the picture as it saw it."""

    seen: Seen
    jpeg: bytes
    name: str
    sha256: str


def why_not(here: Here, space: Space) -> str:
    """Why no picture can be looked at with this release; empty if one can."""
    try:
        uploaded_image.encoder_of(here.root, here.release.manifest, space)
    except MorphError as error:
        return f"{words.sentence(str(error))}."
    return ""


def example(here: Here, space: Space) -> Example | None:
    """An uploaded picture; None where there is none, or it cannot be used."""
    problem = why_not(here, space)
    if problem:
        st.caption(f"A picture of your own cannot be an example here. {problem}")
        return None
    encoder = uploaded_image.encoder_of(here.root, here.release.manifest, space)
    file = st.file_uploader(
        "Or upload a picture",
        type=_TYPES,
        max_upload_size=_MEGABYTES,
        key="upload",
        help="JPEG or PNG as the Legacy Surveys viewer shows galaxies, or FITS with "
        "fluxes in g, r, z. The galaxy in the middle; north need not be up.",
    )
    if file is None:
        return None
    try:
        return _example(here, _look(file.getvalue(), file.name, encoder), space)
    except MorphError as error:
        # Its words begin with the file's name, which stays as it is written.
        st.error(f"{words.plain(str(error))}.", icon=":material/broken_image:")
        return None


def _look(data: bytes, name: str, encoder: Encoder) -> Looked:
    digest = hashlib.sha256(data).hexdigest()
    picture = _decoded(digest, name, data)
    scale = st.number_input(
        "Arcsec a pixel",
        0.01,
        10.0,
        picture.pixscale_arcsec or encoder.pixscale_arcsec,
        0.001,
        format="%.3f",
        key=f"scale_{digest[:8]}",
        help="Cutouts of the Legacy Surveys have 0.262 unless asked otherwise.",
    )
    with st.spinner("The model looks at the picture: some seconds", show_time=True):
        seen, jpeg = _seen(digest, str(encoder.run), float(scale), picture, encoder)
    return Looked(seen, jpeg, name, digest)


def _example(here: Here, looked: Looked, space: Space) -> Example:
    """Show the picture as the model saw it, and give what it saw."""
    tree = here.release.tree
    address = f"data:image/jpeg;base64,{base64.b64encode(looked.jpeg).decode()}"
    expected = looked.seen.expected(tree)
    st.html(
        f'<figure class="cutout" style="width:{_WIDTH}px"><img src="{address}" '
        'alt="The uploaded picture as the model saw it"></figure>'
    )
    if np.isfinite(expected).all():
        st.caption(f"As the model sees it: {', '.join(_told(expected, tree))}.")
    else:
        st.caption("Its model tells which galaxies look alike; it gives no answers.")
    vector = looked.seen.features
    if space == "answers":
        vector = query.answer_vectors(expected[None], tree)[0]
    return Example(vector, expected, looked.name, looked.sha256)


def _told(expected: np.ndarray, tree: DecisionTree) -> list[str]:
    """The likeliest answers to the first questions that would be asked."""
    asked = dirichlet.asked_probability(expected[None], tree)[0]
    told = []
    for question in (q for q, p in zip(tree.questions, asked, strict=True) if p > 0.5):
        own = expected[tree.columns(question)]
        told.append(f"{tree.words(question.labels[own.argmax()])} {own.max():.2f}")
    return told[:_TOLD]


@st.cache_data(max_entries=20, show_spinner="Reading the picture")
def _decoded(digest: str, name: str, _data: bytes) -> Uploaded:
    return uploaded_image.read_picture(_data, name)


@st.cache_data(max_entries=50, show_spinner=False)
def _seen(
    digest: str, run: str, scale: float, _picture: Uploaded, _encoder: Encoder
) -> tuple[Seen, bytes]:
    flux = uploaded_image.fitted(_picture, _encoder, scale)
    with _one_at_a_time:
        seen = uploaded_image.see(_encoder, flux)
    jpeg = store.encode_jpeg(store.colour_picture(flux), width=2 * _WIDTH)
    return seen, jpeg
