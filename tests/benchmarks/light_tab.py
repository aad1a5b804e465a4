"""A client of the running dashboard without a browser.

It speaks Streamlit's websocket protocol: a tab reports widgets and gets the elements of
the page, each with the time of its arrival.
"""

import gzip
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

_PATIENCE_S = 120
_QUIET_S = 0.3  # a line is idle after so long without a message
_MOST_S = 10.0  # of messages after the end of a script
# Beside the data of a component; what is known of points only a pointer asks for.
_DRAWN = re.compile(r'(?<!"about": ")(?<=")/drawn/[^"{}]+(?=")')
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


@dataclass(frozen=True)
class Arrived:
    """One message of the server: its time of arrival and size."""

    seconds: float  # since the tab's own message was sent
    bytes: int  # with what the browser then fetches
    message: ForwardMsg
    cpu: float = 0.0  # as `Tab.clock` told then
    fetched: int = 0  # bytes of data at an address, packed

    @property
    def element(self) -> Any:
        """The element it draws; None if it draws none."""
        new = self.message.delta.new_element
        kind = new.WhichOneof("type")
        return getattr(new, kind) if kind else None


@dataclass(frozen=True)
class Answer:
    """All messages of the server after one of the tab, to the script's end."""

    arrived: tuple[Arrived, ...]
    on_line: int = 0  # bytes of the messages as they came, compressed

    @property
    def seconds(self) -> float:
        return self.arrived[-1].seconds

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.arrived)

    def first(self, wanted: Callable[[Any], bool]) -> Arrived | None:
        """The first drawn element that is ``wanted``."""
        drawn = (one for one in self.arrived if one.element is not None)
        return next((one for one in drawn if wanted(one.element)), None)


class CountingSocket(socket.socket):
    """A connection that counts the bytes it receives."""

    received = 0

    def recv(self, *how: Any) -> bytes:
        data = super().recv(*how)
        self.received += len(data)
        return data


@dataclass
class Tab:
    """One open page; ``ids`` are those of its widgets, by their keys."""

    socket: ClientConnection
    line: CountingSocket
    port: int
    page: str = ""
    query: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    page_hash: str = ""
    have: set[str] = field(default_factory=set)  # addresses whose data a browser keeps
    _releases: int = 0
    clock: Callable[[], float] = lambda: 0.0  # asked at every arrival

    def visit(self, page: str, **query: Any) -> Answer:
        """Open a page with a query in its address.

        If the dashboard rewrites the address, the answer is that to the new one.
        """
        self.page, self.query, self.page_hash = page, query, ""
        answer = self._ask()
        address = _rewritten(answer)
        if address is None:
            return answer
        self.query = parse_qs(address.removeprefix("?"))
        return self._ask()

    def change(self, key: str, value: Any) -> Answer:
        """Move a widget: a number, a text, or a list of either."""
        self._set(self.ids[key], value)
        self.query[key] = value
        return self._ask(self.fragments.get(key, ""))

    def report(self, key: str, event: str, value: Any) -> Answer:
        """Send an event of a component: a click, a lasso."""
        name = _TRIGGER.format(self.ids[key])
        state = WidgetState(id=name)
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return self._ask(self.fragments.get(key, ""), state)

    def release(self, parameter: str, low: float, high: float) -> Answer:
        """Release the handle of an answer's slider, as the sliders report it."""
        self._releases += 1
        limits = {parameter: [low, high]}
        event = {"number": self._releases, "limits": limits}
        return self.report("answers", "limit", event)

    def rest(self) -> tuple[Arrived, ...]:
        """What still comes after an answer, until the line is idle."""
        start, found = time.perf_counter(), []
        while time.perf_counter() - start < _MOST_S:
            try:
                data = self.socket.recv(timeout=_QUIET_S)
            except TimeoutError:
                break
            message = ForwardMsg.FromString(data)
            self._note(message)
            seconds = time.perf_counter() - start
            found.append(Arrived(seconds, len(data), message, self.clock()))
        return tuple(found)

    def _set(self, name: str, value: Any) -> None:
        state = WidgetState(id=name)
        values = value if isinstance(value, list | tuple) else [value]
        kind = "string" if isinstance(values[0], str) else "double"
        if isinstance(value, list | tuple):
            getattr(state, f"{kind}_array_value").data.extend(values)
        else:
            setattr(state, f"{kind}_value", value)
        self.states[name] = state

    def _ask(self, fragment: str = "", *once: WidgetState) -> Answer:
        message = BackMsg()
        script = message.rerun_script
        script.query_string = urlencode(self.query, doseq=True)
        script.page_name, script.page_script_hash = self.page, self.page_hash
        script.fragment_id = fragment
        script.widget_states.widgets.extend([*self.states.values(), *once])
        start, before = time.perf_counter(), self.line.received
        self.socket.send(message.SerializeToString())
        arrived = tuple(self._answered(start))
        return Answer(arrived, self.line.received - before)

    def _answered(self, start: float) -> Iterator[Arrived]:
        while True:
            data = self.socket.recv(timeout=_PATIENCE_S)
            message = ForwardMsg.FromString(data)
            more = self._fetched(message)
            seconds = time.perf_counter() - start
            self._note(message)
            yield Arrived(seconds, len(data) + more, message, self.clock(), more)
            # A script that reruns itself (st.rerun) finishes twice.
            early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if message.WhichOneof("type") == "script_finished" and not early:
                return

    def _fetched(self, message: ForwardMsg) -> int:
        """Fetch what a component has at addresses and a browser lacks; their bytes."""
        component = message.delta.new_element.bidi_component
        address, size = json.loads(component.json or "{}").get("at"), 0
        if address:
            packed = self._fetch(address)
            component.json, size = gzip.decompress(packed).decode(), len(packed)
        for more in set(_DRAWN.findall(component.json)) - self.have:
            size += len(self._fetch(more))
            self.have.add(more)
        return size

    def _fetch(self, address: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{self.port}{address}") as answer:
            return answer.read()

    def _note(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "navigation":
            self.page_hash = message.navigation.page_script_hash
        new = message.delta.new_element
        kind = new.WhichOneof("type")
        name = getattr(getattr(new, kind), "id", "") if kind else ""
        if name.endswith("-set_seen") and new.text_input.set_value:
            self._set(name, new.text_input.value)  # it tells that it has arrived
        if name.startswith("$$ID-"):
            key = name.split("-", 2)[2]
            self.ids[key] = name
            self.fragments[key] = message.delta.fragment_id


def _rewritten(answer: Answer) -> str | None:
    """The address that replaces the requested one, if any."""
    found = answer.first(
        lambda element: getattr(element, "id", "").endswith("-address")
    )
    go = json.loads(found.element.json)["go"] if found else None
    return go["href"] if go and go["instead"] else None


@contextmanager
def open_tab(port: int) -> Iterator[Tab]:
    """A new tab without a page, closed at the end of the block."""
    line = CountingSocket()
    line.connect(("127.0.0.1", port))
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        sock=line,
        subprotocols=["streamlit"],
        max_size=None,
        open_timeout=_PATIENCE_S,
        ping_interval=None,
    ) as connection:
        yield Tab(connection, line, port)
