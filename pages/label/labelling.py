"""Label the galaxies of a queue, one image at a time."""

from contextlib import suppress

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.images.surveys import survey_called
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import people
from morph.labels.label_queue import LabelQueue
from morph.labels.label_table import MAX_WHO, checked_who
from morph.labels.saved_questions import SavedQuestion
from morph.release.manifest import SIMULATED
from pages.common import words
from pages.common.address.choices import LOOKS
from pages.common.address.controls import one_of
from pages.common.components.label_queue import Asked, label_queue
from pages.common.galaxies import release_tables
from pages.common.here import Here
from pages.common.server import who_may
from pages.common.server.routes import serving, survey_pictures, thumbnails
from pages.label import answers_route, permits

_WHO = "label_who"
_MOST_TAGS = 20


def draw(
    here: Here, saved: SavedQuestion, file: AnswersFile, queue: LabelQueue
) -> None:
    """Choose a name and how the images are shown, and label."""
    refused = who_may.explained()
    if refused:
        st.caption(f":material/lock: {refused}")
        return
    loaded = {one.release_id: one for one in here.releases}
    release = loaded.get(queue.release_id)
    if release is None:
        st.info(
            f"This queue shows galaxies of {queue.release_id}, which is not loaded. "
            "Load it again, or draw another queue.",
            icon=":material/info:",
        )
        return
    has_stores = bool(thumbnails.stores(release.manifest))
    look, blind, who = _controls(file, has_stores)
    if not has_stores and not survey_pictures.are_coming(release.manifest):
        _say_no_images(release, blind)
    if who is None:
        st.caption("Enter your name to begin: answers are saved under it.")
        return
    _queue(here, saved, queue, who=who, look=look, blind=blind, file=file)
    survey = survey_called(release.manifest.survey)
    if release.manifest.origin not in SIMULATED and survey.credit:
        st.caption(words.plain(f"{survey.title}: {survey.credit}."))
    if not blind:
        st.caption(words.plain(f"Drawn as {queue.words}."))


def _say_no_images(release: LoadedRelease, blind: bool) -> None:
    reason = words.sentence(release_tables.why_no_images(release.manifest))
    blind_words = " There is nothing to see while you label blind." * blind
    st.info(f"{words.plain(reason)}.{blind_words}", icon=":material/hide_image:")


def _controls(
    file: AnswersFile, has_stores: bool
) -> tuple[dict[str, str], bool, str | None]:
    """Stretch and zoom, whether the galaxy is hidden, and the person's name."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        who = _who(file)
        look = {}
        if has_stores:
            look = {
                name: one_of(name.capitalize(), LOOKS[name], key=name)
                for name in ("stretch", "zoom")
            }
        blind = st.toggle(
            "Blind",
            value=True,
            key="label_blind",
            bind="query-params",
            help="Hides name, position and vote fractions. Each answer records this, "
            "and the stretch and the zoom.",
        )
    return look, blind, who


def _who(file: AnswersFile) -> str | None:
    """The name under which answers are saved; None until it is entered."""
    known = who_may.person()
    if known is not None:
        st.caption(f"Answers are saved as {words.plain(known)}.", width="content")
        return known
    before = people(file.acts)
    typed = st.text_input(
        "Your name",
        value=before[0] if before else "",
        max_chars=MAX_WHO,
        key=_WHO,
        width=180,
    )
    with suppress(MorphError):
        return checked_who(typed)
    return None


def _queue(
    here: Here,
    saved: SavedQuestion,
    queue: LabelQueue,
    *,
    who: str,
    look: dict[str, str],
    blind: bool,
    file: AnswersFile,
) -> None:
    one = saved.question
    tags: dict[str, int] = {}
    if one.kind == "tags":
        for act in file.acts:
            for tag in act.answer:
                tags[tag] = tags.get(tag, 0) + 1
    address = serving.base_path() + answers_route.ROUTE.format(queue=queue.queue_id)
    label_queue(
        Asked(one.text, one.kind, one.offered),
        key="label_queue_shown",
        label="Galaxies to label",
        address=address,
        queue_id=queue.queue_id,
        who=who,
        permit=permits.permit(here.root, queue.queue_id, who),
        look=look,
        blind=blind,
        tags=sorted(tags, key=lambda tag: -tags[tag])[:_MOST_TAGS],
    )
