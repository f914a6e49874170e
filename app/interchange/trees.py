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
    above = _all_above(known)
    _cut_circles(above)
    messages: dict[str, Message] = {}
    for key, node in known.items():
        if node.message is not None and node.message.id not in messages:
            over = above[key]
            top = known[over].message if over is not None else None
            parent = None if top is None else top.id
            messages[node.message.id] = replace(node.message, parent=parent)
    return messages, _leaf(known, messages, above=above, leaf=leaf)


def _all_above(known: Mapping[str, Node]) -> dict[str, str | None]:
    """For each node the nearest one above it that has a message."""
    above: dict[str, str | None] = {}
    for start in known:
        way: dict[str, None] = {}
        cursor: str | None = start
        found: str | None = None
        # Up to a node with a message, or to one whose way up is known.
        while cursor is not None and cursor not in way:
            if cursor in above:
                found = above[cursor]
                break
            way[cursor] = None
            cursor = known[cursor].parent
            if cursor is None or cursor not in known:
                break
            if known[cursor].message is not None:
                found = cursor
                break
        above |= dict.fromkeys(way, found)
    return above


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
    known: Mapping[str, Node],
    messages: Mapping[str, Message],
    *,
    above: Mapping[str, str | None],
    leaf: str | None,
) -> str | None:
    if leaf is None:
        return None
    key = leaf if leaf in known and known[leaf].message else above.get(leaf)
    node = None if key is None else known[key]
    if node is not None and node.message is not None:
        return node.message.id
    return newest(messages)
