from datetime import UTC, datetime

import pytest

from app.domain.conversation import Conversation, Message, Role, title_from

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def message(name, parent=None):
    return Message(name, parent, Role.USER, name, NOW)


def test_path_follows_the_leaf():
    chat = Conversation("c")
    for name, parent in (("a", None), ("b", "a"), ("x", "a")):
        chat = chat.with_message(message(name, parent))
    assert [m.id for m in chat.path()] == ["a", "x"]


def test_a_missing_parent_hides_nothing_that_can_be_read():
    chat = Conversation("c").with_message(message("b", "gone"))
    assert [m.id for m in chat.path()] == ["b"]


def test_a_circle_of_damaged_parents_ends():
    chat = Conversation("c").with_message(message("a", "b"))
    chat = chat.with_message(message("b", "a"))
    assert {m.id for m in chat.path()} == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  two\n lines ", "two lines"),
        ("x" * 40, "x" * 30 + "…"),
        ("", ""),
        ("你" * 31, "你" * 30 + "…"),
    ],
)
def test_title(text, title):
    assert title_from([text]) == title
