"""Finding messages by their words, in scripts with and without spaces."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from app.domain.conversation import Message, MessageState, Role
from app.domain.excerpt import excerpt, spaced, terms
from app.store.conversations import ConversationStore
from app.store.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Database(tmp_path / "archive.db") as database:
        yield ConversationStore(database)


def say(store, chat, number, text, **changes):
    when = NOON + timedelta(seconds=number)
    message = Message(f"m{number}", None, Role.USER, text, when, **changes)
    store.save_message(chat, message)


def found(store, query):
    return [hit.message for hit in store.find(query)]


def test_words_are_found_as_they_are_typed(store):
    store.create("c", "A chat", NOON)
    say(store, "c", 1, "The Quick brown café")
    say(store, "c", 2, "quicker than that")
    assert found(store, "quick") == ["m2", "m1"]
    assert found(store, "QUICK br") == ["m1"]
    assert found(store, "cafe") == ["m1"]
    assert found(store, "uick") == []
    assert found(store, "brown quick") == ["m1"]


def test_single_letters_of_chinese_are_found(store):
    store.create("c", "", NOON)
    say(store, "c", 1, "我住在北京，喜欢喝茶。")
    say(store, "c", 2, "京北有一座山")
    assert found(store, "京") == ["m2", "m1"]
    assert found(store, "北京") == ["m1"]
    assert found(store, "喝茶 北京") == ["m1"]
    assert found(store, "𠀀") == []


@pytest.mark.parametrize(
    "query", ["", "  ", "?!", '"', 'a" OR b*', "NEAR(", "*", "^a:b"]
)
def test_nothing_that_is_typed_is_a_command(store, query):
    store.create("c", "", NOON)
    say(store, "c", 1, "plain words")
    assert found(store, query) == []


def test_titles_come_first_and_trash_is_left_out(store):
    store.create("c", "Trip to Rome", NOON)
    say(store, "c", 1, "rome is far")
    store.create("d", "Other", NOON)
    say(store, "d", 2, "Rome again")
    assert [(hit.conversation, hit.message) for hit in store.find("rome")] == [
        ("c", ""),
        ("d", "m2"),
        ("c", "m1"),
    ]
    store.trash("c", NOON)
    assert found(store, "rome") == ["m2"]
    store.trash_messages(["m2"], NOON)
    assert found(store, "rome") == []
    store.restore_messages(["m2"])
    store.restore("c")
    assert len(found(store, "rome")) == 3


def test_what_was_changed_is_found_as_it_is_now(store):
    store.create("c", "", NOON)
    say(store, "c", 1, "alpha", state=MessageState.STREAMING)
    assert found(store, "alpha") == []
    say(store, "c", 1, "alpha beta")
    say(store, "c", 1, "beta gamma")
    assert found(store, "alpha") == []
    assert found(store, "gamma") == ["m1"]
    store.purge(["c"])
    assert found(store, "gamma") == []


def test_percent_signs_in_titles_are_letters(store):
    store.create("c", "100% sure", NOON)
    store.create("d", "1000 sure", NOON)
    assert [hit.conversation for hit in store.find("100%")] == ["c"]


def test_an_excerpt_shows_where_it_is():
    text = "word " * 40 + "the needle\nis here " + "word " * 40
    part = excerpt(text, "needle is")
    assert part.text.startswith("…")
    assert part.text.endswith("…")
    assert [part.text[a:b] for a, b in part.marks] == ["needle", "is"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_marks_lie_within_the_text(text, query):
    part = excerpt(text, query)
    last = 0
    for first, end in part.marks:
        assert last <= first < end <= len(part.text)
        last = end


@given(st.text(max_size=60))
def test_every_term_of_a_text_is_found_in_it(text):
    folded = spaced(text).casefold()
    for term in terms(text):
        assert spaced(term).casefold().strip() in folded
