"""Messages of a file as a tree in which nothing hangs on what is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.domain.branches import newest_leaf
from app.domain.conversation import Conversation, Message


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a file's tree.

    Attributes:
        key: Its id in the file.
        parent: The key of the node above it; None for a first one.
        message: What stands there; None for what is not shown. What follows it then
            hangs on what is above it.
    """

    key: str
    parent: str | None
    message: Message | None


def tree(
    nodes: Iterable[Node], leaf: str | None
) -> tuple[Mapping[str, Message], str | None]:
    """The messages by id, in the order of the file, and the leaf.

    A key that is there already is passed over. A message whose parent is missing, or
    is below it, becomes a first one. A leaf that is missing becomes the nearest message
    above it, or else the end of the newest branch.

    Args:
        nodes: A message's id may be another than its node's key.
        leaf: The key of the last node of the path that is shown; None for no path.
    """
    known: dict[str, Node] = {}
    for node in nodes:
        known.setdefault(node.key, node)
    above = {key: _above(known, node.parent) for key, node in known.items()}
    _cut_circles(above)
    messages: dict[str, Message] = {}
    for key, node in known.items():
        if node.message is not None and node.message.id not in messages:
            over = above[key]
            top = known[over].message if over is not None else None
            parent = None if top is None else top.id
            messages[node.message.id] = replace(node.message, parent=parent)
    return messages, _leaf(known, messages, leaf)


def _above(known: Mapping[str, Node], parent: str | None) -> str | None:
    """The nearest node above that has a message."""
    seen: set[str] = set()
    while parent is not None and parent in known and parent not in seen:
        if known[parent].message is not None:
            return parent
        seen.add(parent)
        parent = known[parent].parent
    return None


def _cut_circles(above: dict[str, str | None]) -> None:
    """Makes a node a first one whose way up comes back to it."""
    sound: set[str] = set()
    for start in above:
        way: dict[str, None] = {}
        cursor: str | None = start
        while cursor is not None and cursor not in sound:
            way[cursor] = None
            over = above[cursor]
            if over in way:
                above[cursor] = None
            cursor = above[cursor]
        sound.update(way)


def newest(messages: Mapping[str, Message]) -> str | None:
    """The end of the newest branch; None where there are no messages."""
    roots = [message.id for message in messages.values() if message.parent is None]
    return (
        newest_leaf(Conversation("", messages=messages), roots[-1]) if roots else None
    )


def _leaf(
    known: Mapping[str, Node], messages: Mapping[str, Message], leaf: str | None
) -> str | None:
    if leaf is None:
        return None
    node = known.get(leaf)
    if node is not None and node.message is None:
        over = _above(known, node.parent)
        node = None if over is None else known[over]
    if node is not None and node.message is not None:
        return node.message.id
    return newest(messages)
