"""What Streamlit's browser side (1.67) does with messages, as far as tests need it."""

from dataclasses import dataclass, field

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_COMPLETE = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


@dataclass
class Node:
    """An element, or a container if it has a list of children."""

    looks: str
    run: str
    fragment: str = ""
    widget: str = ""
    block: str = ""
    children: list["Node"] | None = None
    copies: list["Node"] = field(default_factory=list)  # hidden ones of replaced


@dataclass
class Browser:
    """One tab: gets messages, and shows a tree."""

    root: Node = field(default_factory=lambda: Node("", "", children=_roots()))
    page: str = ""
    run: str = ""
    fragments: tuple[str, ...] = ()
    received: int = 0

    def get(self, data: bytes) -> None:
        """Do what a message says."""
        self.received += 1
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.run = message.metadata.run.script_run_id
            self.fragments = tuple(message.metadata.run.fragment_ids)
            if message.new_session.page_script_hash != self.page:
                self.page = message.new_session.page_script_hash
                self.root.children = _roots()
        elif kind == "delta":
            self._draw(message)
        elif kind == "script_finished" and message.script_finished in _COMPLETE:
            for root in self.root.children:
                self._drop_stale(root, "")

    def shown(self) -> list:
        """Looks of what is seen, nested."""
        return [_seen_in(root) for root in self.root.children]

    def copies(self) -> int:
        """How many hidden copies are kept."""
        return sum(_copies(root) for root in self.root.children)

    def _draw(self, message: ForwardMsg) -> None:
        *above, last = message.metadata.delta_path
        parent = self.root
        for place in above:
            parent = parent.children[place]
            parent.run = self.run
        delta = message.delta
        if delta.WhichOneof("type") == "add_block":
            block = delta.add_block
            kind = block.WhichOneof("type")
            node = Node(block.id, self.run, delta.fragment_id, "", kind, [])
        else:
            element = delta.new_element
            kind = element.WhichOneof("type")
            looks = getattr(element, kind)
            widget = getattr(looks, "id", "")
            looks = "" if kind == "empty" else f"{kind} {looks}"
            node = Node(looks, self.run, delta.fragment_id, widget)
        assert last <= len(parent.children), "a path beyond the end"
        if last == len(parent.children):
            parent.children.append(node)
            return
        before, parent.children[last] = parent.children[last], node
        if node.children is not None and before.block == node.block:
            node.children, node.copies = before.children, before.copies
        kept = before.children is None and before.widget not in ("", node.widget)
        if kept and before.run != self.run:
            parent.copies.append(before)

    def _drop_stale(self, block: Node, inside: str) -> None:
        if self.fragments and block.fragment in self.fragments and self._is_new(block):
            inside = block.fragment
        block.children = [one for one in block.children if self._stays(one, inside)]
        block.copies = [one for one in block.copies if self._stays(one, inside)]
        for one in block.children:
            if one.children is not None:
                self._drop_stale(one, inside)

    def _is_new(self, node: Node) -> bool:
        return node.run == self.run

    def _stays(self, node: Node, inside: str) -> bool:
        if not self.fragments or self._is_new(node):
            return self._is_new(node)
        return not inside or (node.children is None and not node.fragment)


def _roots() -> list[Node]:
    return [Node(f"root {n}", "", block="root", children=[]) for n in range(4)]


def _seen(node: Node) -> list | str | None:
    """None for what takes no room."""
    if node.children is None:
        return node.looks or None
    # A container of empty elements takes room, one without any does not.
    return [node.looks, *_seen_in(node)] if node.children else None


def _seen_in(block: Node) -> list:
    return [one for child in block.children if (one := _seen(child)) is not None]


def _copies(node: Node) -> int:
    return len(node.copies) + sum(_copies(one) for one in node.children or [])
