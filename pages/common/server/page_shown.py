"""What a browser shows of a page, from the messages that it has got.

Rules of Streamlit's browser side (1.67), on which this rests: an element replaces the
one at its path; a container keeps its children if it replaces one of its own type; an
equal element is left as it is, unless it has a one-shot effect; a toast stays, and is
shown if it comes from another run than the one in its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

Path = tuple[int, ...]

_NO_FRAGMENT = "none"  # no element belongs to it
_ONCE = ("page_config_changed", "logo", "navigation")
# Containers that a person opens and closes. The run after that tells a browser how they
# are now, unless it was interrupted; of a closed dialog no run hears.
_OPENED = ("popover", "expandable", "tab_container")


@dataclass(frozen=True)
class _Node:
    """An element or a container in its place."""

    content: tuple[str, str] | None  # equal if it looks the same; None: send it always
    run: str  # that drew it
    block: str = ""  # type of a container
    widget: str = ""  # id of an element that the browser keeps when it is replaced
    fragment: str = ""
    message: ForwardMsg | None = None  # of a container


class PageShown:
    """The page of one connection; `changes` is asked for each message in turn."""

    def __init__(self) -> None:
        self._page = ""
        self._run = ""  # the last whole run, once it has ended
        self._now = ""  # the run that goes on; in one of changes, equal to `_run`
        self._begin = ForwardMsg()  # the server's beginning of that run
        self._fragments: frozenset[str] = frozenset()  # which it draws; none: all
        self._nodes: dict[Path, _Node] = {}
        self._drawn: set[Path] = set()  # by this run
        self._once: dict[tuple[str, int], str] = {}
        self._counted: dict[str, int] = {}  # of these messages, in this run
        self._timers: set[str] = set()  # fragments that the browser runs again
        self._timers_set: set[str] = set()  # by this run
        self._lost = False  # whether the next run must draw the whole page

    def changes(self, data: bytes) -> list[bytes]:
        """The messages to send in place of one of the server's, often none."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            return [self._begun(message) or data]
        if kind == "script_finished":
            return [one.SerializeToString() for one in self._finished(message)]
        if kind in ("delta", "ref_hash"):
            sent = [self._uncached(message, data)] if self._draws(message) else []
            return self._of_own_run(sent) if _is_toast(message) else sent
        if kind in _ONCE:
            return [data] if self._is_new(kind, message) else []
        if kind == "auto_rerun":
            self._timers.add(message.auto_rerun.fragment_id)
            self._timers_set.add(message.auto_rerun.fragment_id)
        return [data]

    @property
    def _only_changes(self) -> bool:
        """Whether the run that goes on is one whose changes alone are sent."""
        return bool(self._run) and self._now == self._run

    def _begun(self, message: ForwardMsg) -> bytes | None:
        """Begin a run; the message to send instead, if any."""
        run, page = message.metadata.run, message.new_session.page_script_hash
        self._drawn, self._counted, self._timers_set = set(), {}, set()
        self._fragments = frozenset(run.fragment_ids)
        self._now = run.script_run_id
        if self._fragments:
            return _without_settings(message) if self._run else None
        if not self._run or self._lost or page != self._page:
            self._page, self._run, self._lost = page, "", False
            self._nodes, self._once, self._timers = {}, {}, set()
            return None
        self._now = self._run
        message.metadata.run.fragment_ids.append(_NO_FRAGMENT)
        self._begin = ForwardMsg.FromString(_without_settings(message))
        message.metadata.run.script_run_id = self._run
        return _without_settings(message)

    def _of_own_run(self, sent: list[bytes]) -> list[bytes]:
        """Send a toast as of the server's run, among elements of the last whole one."""
        if not self._only_changes:
            return sent
        again = ForwardMsg.FromString(self._begin.SerializeToString())
        again.metadata.run.script_run_id = self._run
        return [self._begin.SerializeToString(), *sent, again.SerializeToString()]

    def _finished(self, message: ForwardMsg) -> list[ForwardMsg]:
        """End a run: its last messages."""
        complete = message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._doubt_opened()
        if self._fragments:
            if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                self._forget_dropped()
            return [message]
        if not self._only_changes:
            if complete:
                self._run = self._now
            return [message]
        if not message.metadata.HasField("run"):  # the server failed to begin a run
            self._lost = True
            return [message]
        removed = [*self._removed(), *self._stopped()] if complete else []
        message.metadata.run.script_run_id = self._run
        message.metadata.run.fragment_ids.append(_NO_FRAGMENT)
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._lost = True
        return [*removed, message]

    def _doubt_opened(self) -> None:
        """Send again what a person may have opened or closed for an interrupted run."""
        for path, node in self._nodes.items():
            if node.block in _OPENED and path not in self._drawn:
                self._nodes[path] = replace(node, content=None)

    def _is_new(self, kind: str, message: ForwardMsg) -> bool:
        """Whether a message about the whole page differs from that of the last run."""
        number = self._counted[kind] = self._counted.get(kind, 0) + 1
        if kind == "navigation" and message.navigation.page_script_hash != self._page:
            self._lost = self._only_changes  # it is of another page than it began with
            self._page = message.navigation.page_script_hash
        content = message.SerializeToString(deterministic=True).hex()
        known = self._once.get((kind, number))
        self._once[kind, number] = content
        return not self._only_changes or content != known

    def _uncached(self, message: ForwardMsg, data: bytes) -> bytes:
        """A message that the browser keeps no copy of: it would do so for good."""
        if not (self._only_changes and message.metadata.cacheable):
            return data
        message.metadata.cacheable = False
        return message.SerializeToString()

    def _draws(self, message: ForwardMsg) -> bool:
        """Whether a drawing message changes what is shown; takes note of it."""
        path = tuple(message.metadata.delta_path)
        before = self._nodes.get(path)
        if message.delta.WhichOneof("type") == "new_transient":
            if before is not None:
                self._nodes[path] = replace(before, content=None)
            return True
        node = _node(message, self._now)
        if node is None:
            self._nodes.pop(path, None)
            return True
        self._drawn.add(path)
        equal = before is not None and before.content == node.content
        if self._only_changes and equal and node.content is not None:
            return False
        if before is not None:
            self._note_replaced(path, before, node)
        self._nodes[path] = node
        return True

    def _note_replaced(self, path: Path, before: _Node, node: _Node) -> None:
        same = node.widget == before.widget
        keeps_children = node.block == before.block and (same or node.block != "dialog")
        if before.block and not keeps_children:
            for below in [one for one in self._nodes if one[: len(path)] == path]:
                del self._nodes[below]
        if not same:
            self._lost = self._lost or self._leaves_copy(before)

    def _leaves_copy(self, node: _Node) -> bool:
        """Whether the browser keeps a hidden copy of an element that is replaced."""
        if not self._only_changes or node.block:
            return False
        return bool(node.widget) and node.run != self._now

    def _removed(self) -> Iterator[ForwardMsg]:
        """Empty what this run has not drawn."""
        gone = {path for path in self._nodes if path not in self._drawn}
        first = [one for one in sorted(gone) if not _within(one, gone)]
        left = {path[:-1] for path in self._nodes if path not in gone}
        emptied = {path[:-1] for path in first} - left
        for path in first:
            node, parent = self._nodes[path], self._nodes.get(path[:-1])
            self._lost = self._lost or self._leaves_copy(node)
            if path[:-1] not in emptied or parent is None:
                yield _empty(path, parent.fragment if parent else "")
        for path in sorted(emptied):
            # A container that has no element takes no room; one with an empty one does.
            if path in self._nodes:
                yield _empty(path, self._nodes[path].fragment)
                yield self._nodes[path].message
        for path in gone:
            del self._nodes[path]

    def _stopped(self) -> Iterator[ForwardMsg]:
        """Stop the timers of fragments that this run has not drawn."""
        gone = sorted(self._timers - self._timers_set)
        if gone:
            message = ForwardMsg()
            message.stop_auto_rerun.fragment_ids.extend(gone)
            yield message
        self._timers = set(self._timers_set)

    def _forget_dropped(self) -> None:
        """Forget what the browser drops at the end of a fragment's run."""
        drawn = {
            path
            for path in self._drawn
            if path in self._nodes
            and self._nodes[path].block
            and self._nodes[path].fragment in self._fragments
        }
        for path in [*self._nodes]:
            if path not in self._drawn and _within(path, drawn):
                del self._nodes[path]


def _without_settings(message: ForwardMsg) -> bytes:
    """The beginning of a run without what a browser reads of a whole one alone."""
    for known in ("custom_theme", "app_pages", "config"):
        message.new_session.ClearField(known)
    return message.SerializeToString()


def _within(path: Path, others: set[Path]) -> bool:
    """Whether a path is below one of the others."""
    return any(path[:length] in others for length in range(1, len(path)))


def _node(message: ForwardMsg, run: str) -> _Node | None:
    """What a message draws; None for a toast, which the browser never drops."""
    script = message.metadata.active_script_hash
    if message.HasField("ref_hash"):
        return _Node((message.ref_hash, script), run, widget=message.ref_hash)
    delta: Delta = message.delta
    content = (message.hash, script) if message.hash else None
    if delta.WhichOneof("type") == "add_block":
        block = delta.add_block
        kind = block.WhichOneof("type") or "block"
        content = None if kind == "dialog" else content
        return _Node(content, run, kind, block.id, delta.fragment_id, message)
    if _is_toast(message):
        return None
    element = delta.new_element
    kind = element.WhichOneof("type")
    content = None if element.has_one_shot_effect else content
    widget = getattr(getattr(element, kind), "id", "") if kind else ""
    return _Node(content, run, "", widget, delta.fragment_id)


def _is_toast(message: ForwardMsg) -> bool:
    return message.delta.new_element.WhichOneof("type") == "toast"


def _empty(path: Path, fragment: str) -> ForwardMsg:
    """Put an empty element, of a fragment or of none, in a place."""
    message = ForwardMsg()
    message.delta.new_element.empty.SetInParent()
    message.delta.fragment_id = fragment
    message.metadata.delta_path.extend(path)
    return message
