"""A browser that gets only changes shows the same page as one that gets everything."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.common.server import changes_only
from pages.common.server.page_shown import PageShown
from tests.pages.common.server.shown_page import Browser

SUCCESS, EARLY = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN
FRAGMENT_DONE = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
Page = dict[str, "str | Page"]  # names of containers and elements, in order


def begun(number: int, *fragments: str, page: str = "explore") -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.script_run_id = f"run {number}"
    message.metadata.run.fragment_ids.extend(fragments)
    return message.SerializeToString()


def finished(number: int, status: int, *fragments: str) -> bytes:
    message = ForwardMsg(script_finished=status)
    message.metadata.run.script_run_id = f"run {number}"
    message.metadata.run.fragment_ids.extend(fragments)
    return message.SerializeToString()


def drawn(page: Page, path: tuple[int, ...] = (0,), fragment: str = "") -> Iterator:
    """Messages that draw a page; a name with ! has a one-shot effect."""
    for place, (name, content) in enumerate(page.items()):
        message = ForwardMsg(hash=f"{name} {content} {fragment}")
        message.metadata.delta_path.extend((*path, place))
        inside = name if name.startswith("fragment") else fragment
        message.delta.fragment_id = inside
        if isinstance(content, str):
            element = message.delta.new_element
            element.has_one_shot_effect = name.endswith("!")
            if name.startswith("button"):
                element.button.id, element.button.label = name, content
            else:
                element.markdown.body = content
            yield message.SerializeToString()
            continue
        block = message.delta.add_block
        block.id, message.hash = name, name
        kind = block.form if name.startswith("form") else block.flex_container
        kind.SetInParent()
        yield message.SerializeToString()
        yield from drawn(content, (*path, place), inside)


@dataclass
class Tabs:
    """A browser that gets all messages, and one that gets the changes."""

    whole: Browser = field(default_factory=Browser)
    brief: Browser = field(default_factory=Browser)
    page: PageShown = field(default_factory=PageShown)
    number: int = 0

    def get(self, *messages: bytes) -> int:
        """How many of these messages the second one got."""
        before = self.brief.received
        for message in messages:
            self.whole.get(message)
            for one in self.page.changes(message):
                self.brief.get(one)
        return self.brief.received - before

    def run(self, shown: Page, status: int = SUCCESS, **more: str) -> int:
        """A run of the whole script."""
        self.number += 1
        number = self.number
        messages = begun(number, **more), *drawn(shown), finished(number, status)
        return self.get(*messages)


SMALL: Page = {
    "count": "**20** of 300",
    "line": {"button undo": "Undo", "button reset": "Reset"},
    "note": "by name",
}


def test_equal_elements_are_not_sent_again():
    tabs = Tabs()
    assert tabs.run(SMALL) == 7
    assert tabs.run(SMALL) == 2  # the beginning and the end
    assert tabs.run({**SMALL, "count": "**19** of 300"}) == 3
    assert tabs.brief.shown() == tabs.whole.shown()
    assert "19" in str(tabs.brief.shown())


def test_an_element_with_an_effect_is_sent_each_time():
    tabs = Tabs()
    for _ in range(3):
        sent = tabs.run({"button set!": "0.5", "count": "20"})
    assert sent == 3


def test_what_is_gone_is_gone_and_takes_no_room():
    tabs = Tabs()
    tabs.run(SMALL)
    tabs.run({"count": "**20** of 300", "line": {}})
    assert tabs.brief.shown() == tabs.whole.shown()
    tabs.run(SMALL)
    assert tabs.brief.shown() == tabs.whole.shown()


def test_another_page_is_sent_whole():
    tabs = Tabs()
    tabs.run(SMALL)
    assert tabs.run(SMALL, page="map") == 7
    assert tabs.run(SMALL, page="map") == 2


def test_after_a_whole_run_that_was_stopped_everything_is_sent():
    tabs = Tabs()
    tabs.run(SMALL, status=EARLY)
    assert tabs.run(SMALL) == 7


def test_a_stopped_run_of_changes_leaves_the_rest_as_it_is():
    tabs = Tabs()
    tabs.run(SMALL)
    tabs.number += 1
    few = list(drawn({"count": "**1** of 300"}))
    tabs.get(begun(2), *few, finished(2, EARLY))
    assert "Undo" in str(tabs.brief.shown())
    assert tabs.run(SMALL) == 3


def settings_of(data: bytes) -> bool:
    message = ForwardMsg.FromString(data).new_session
    return message.HasField("custom_theme") or message.HasField("config")


def begun_with_settings(number: int, *fragments: str) -> bytes:
    message = ForwardMsg.FromString(begun(number, *fragments))
    message.new_session.custom_theme.primary_color = "#3f51c9"
    message.new_session.config.allow_run_on_save = True
    return message.SerializeToString()


def test_settings_are_sent_once_not_with_each_run_of_a_fragment():
    shown = PageShown()
    (early,) = shown.changes(begun_with_settings(1, "look"))
    assert settings_of(early)  # the browser has no settings yet
    shown.changes(finished(1, FRAGMENT_DONE, "look"))
    (first,) = shown.changes(begun_with_settings(2))
    shown.changes(finished(2, SUCCESS))
    (again,) = shown.changes(begun_with_settings(3, "look"))
    shown.changes(finished(3, FRAGMENT_DONE, "look"))
    (whole,) = shown.changes(begun_with_settings(4))
    assert settings_of(first) and not settings_of(again) and not settings_of(whole)
    run = ForwardMsg.FromString(again).metadata.run
    assert (run.script_run_id, list(run.fragment_ids)) == ("run 3", ["look"])


def test_a_timer_whose_fragment_is_gone_is_stopped():
    tabs = Tabs()
    timer = ForwardMsg()
    timer.auto_rerun.fragment_id, timer.auto_rerun.interval = "look", 3.0
    tabs.get(begun(1), timer.SerializeToString(), finished(1, SUCCESS))
    page = tabs.page
    assert page.changes(timer.SerializeToString())
    page.changes(begun(2))
    stopped, _ = (ForwardMsg.FromString(m) for m in page.changes(finished(2, SUCCESS)))
    assert list(stopped.stop_auto_rerun.fragment_ids) == ["look"]


def random_page(rng: random.Random, depth: int = 0) -> Page:
    names = ["count", "note", "button a", "button b", "button c!", "fragment f"]
    names += ["line", "form"] if depth < 3 else []
    page: Page = {}
    for name in rng.sample(names, rng.randint(0, 4)):
        inner = depth + 1 if name == "line" else 3
        if name.startswith("fragment") and depth:
            continue
        holds = name in ("line", "form", "fragment f")
        page[name] = random_page(rng, inner) if holds else rng.choice("xy")
    return page


def fragment_run(tabs: Tabs, page: Page, rng: random.Random) -> None:
    """The fragment of the page runs by itself, and may draw something else."""
    place = list(page).index("fragment f")
    page["fragment f"] = random_page(rng, 3)
    *_, first = (0, place)
    every = list(drawn(page))
    own = [m for m in every if ForwardMsg.FromString(m).delta.fragment_id]
    assert ForwardMsg.FromString(own[0]).metadata.delta_path[1] == first
    tabs.number += 1
    number = tabs.number
    tabs.get(
        begun(number, "fragment f", page=tabs.whole.page),
        *own,
        finished(number, FRAGMENT_DONE, "fragment f"),
    )


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_run_both_show_the_same(seed):
    rng, tabs, kept = random.Random(seed), Tabs(), 0
    page = random_page(rng)
    for _ in range(25):
        if rng.random() < 0.7:
            page = random_page(rng)
        if rng.random() < 0.2 and tabs.number:
            stopped = [*drawn(random_page(rng))]
            tabs.number += 1
            half = stopped[: rng.randint(0, len(stopped))]
            tabs.get(begun(tabs.number), *half, finished(tabs.number, EARLY))
        tabs.run(page, page=rng.choice(["explore"] * 9 + ["map"]))
        assert tabs.brief.shown() == tabs.whole.shown()
        if "fragment f" in page:
            fragment_run(tabs, page, rng)
            assert tabs.brief.shown() == tabs.whole.shown()
        kept = max(kept, tabs.brief.copies())
    assert kept <= 3  # hidden copies, which the next whole run drops


@pytest.mark.parametrize(("version", "sent"), [("1.67.0", 2), ("1.68.0", 4)])
def test_everything_is_sent_with_another_version_of_streamlit(
    monkeypatch, version, sent
):
    monkeypatch.setattr(changes_only.st, "__version__", version)
    run = [begun(1), *drawn({"a": "A", "b": "B"}), finished(1, SUCCESS)]
    again = [*drawn({"a": "A", "b": "B"})]
    got = []

    async def app(scope, receive, send):
        for data in [*run, begun(2), *again, finished(2, SUCCESS)]:
            await send({"type": "websocket.send", "bytes": data})

    async def send(message):
        got.append(message["bytes"])

    scope = {"type": "websocket", "path": "/_stcore/stream"}
    asyncio.run(changes_only.ChangesOnly(app)(scope, None, send))
    assert len(got) == len(run) + sent
