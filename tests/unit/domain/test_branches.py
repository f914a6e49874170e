"""Branches: versions, what hangs below a message, deleting, forking."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, strategies as st

from app.domain import branches
from app.domain.conversation import Conversation, Message, MessageState, Role

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def tree(parents, leaf=None):
    """A conversation from (id, parent) in order of arrival; roles by depth."""
    chat = Conversation("c", "title")
    depth = {None: 0}
    for name, parent in parents:
        depth[name] = depth[parent] + 1
        role = Role.USER if depth[name] % 2 else Role.ASSISTANT
        chat = chat.with_message(Message(name, parent, role, name, NOW))
    return replace(chat, leaf=leaf) if leaf else chat


FORKED = [
    ("q1", None),
    ("a1", "q1"),
    ("a2", "q1"),
    ("q2", "a2"),
    ("b1", "q2"),
    ("q3", "a1"),
]


def ids(messages):
    return [message.id for message in messages]


def test_versions_stand_in_the_same_place():
    chat = tree(FORKED)
    assert ids(branches.versions(chat, "a1")) == ["a1", "a2"]
    assert ids(branches.versions(chat, "q3")) == ["q3"]


def test_the_newest_branch_is_shown():
    chat = tree(FORKED)
    assert branches.newest_leaf(chat, "a2") == "b1"
    assert branches.newest_leaf(chat, "q1") == "b1"
    assert branches.newest_leaf(chat, "q3") == "q3"


def test_deleting_takes_what_follows_and_shows_what_is_left():
    chat = tree(FORKED, leaf="b1")
    assert branches.below(chat, "a2") == ("a2", "q2", "b1")
    left = branches.without(chat, "a2")
    assert set(left.messages) == {"q1", "a1", "q3"}
    assert left.leaf == "q3"
    assert branches.without(chat, "q3").leaf == "b1"
    assert branches.without(chat, "q1") == replace(chat, messages={}, leaf=None)


def test_a_fork_is_a_path_of_its_own():
    chat = tree(FORKED)
    half = replace(chat.messages["a2"], state=MessageState.STREAMING)
    chat = replace(chat, messages={**chat.messages, "a2": half})
    names = {name: f"new-{name}" for name in chat.messages}
    copy = branches.fork(chat, "a2", chat_id="d", ids=names)
    assert ids(copy.path()) == ["new-q1", "new-a2"]
    assert [m.parent for m in copy.path()] == [None, "new-q1"]
    assert copy.path()[-1].state is MessageState.INTERRUPTED
    assert (copy.id, copy.title) == ("d", "title")


def test_a_ring_of_parents_ends():
    chat = tree([("a", None), ("b", "a")])
    ring = replace(chat.messages["a"], parent="b")
    chat = replace(chat, messages={**chat.messages, "a": ring})
    assert set(branches.below(chat, "a")) == {"a", "b"}
    assert branches.newest_leaf(chat, "a") == "b"


@given(st.data())
def test_whatever_is_deleted_the_rest_hangs_together(data):
    count = data.draw(st.integers(1, 12))
    parents = []
    for number in range(count):
        known = [None, *(name for name, _ in parents)]
        parents.append((f"m{number}", data.draw(st.sampled_from(known))))
    chat = tree(parents, leaf=data.draw(st.sampled_from([n for n, _ in parents])))
    victim = data.draw(st.sampled_from([name for name, _ in parents]))
    left = branches.without(chat, victim)
    assert victim not in left.messages
    assert all(
        message.parent is None or message.parent in left.messages
        for message in left.messages.values()
    )
    assert (left.leaf is None) is not left.messages
    assert left.leaf is None or left.leaf in left.messages
