"""Conversations in the archive: what goes in comes out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.generation import Usage
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.store.conversations import ConversationStore
from app.store.database import Database

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
CHAT = "c" * 32


def question(identity: str = "q", text: str = "1+1?", **changes: object) -> Message:
    message = Message(identity, None, Role.USER, text, NOON)
    return replace(message, **changes)  # type: ignore[arg-type]


def reply(identity: str = "a", text: str = "2", **changes: object) -> Message:
    message = Message(
        identity,
        "q",
        Role.ASSISTANT,
        text,
        NOON + timedelta(seconds=1),
        thoughts="算一下",
        commands='Calculate("1+1")',
        calls=(
            ToolCall(Command(Tool.CALCULATE, "1+1"), ToolState.DONE, "2"),
            ToolCall.failed(Command(Tool.SOLVE, "x"), ToolFailure.NO_SOLUTION),
            ToolCall(
                Command(Tool.SEARCH, "家"),
                ToolState.DONE,
                sources=(
                    Source("标题", "/家/a.pdf", "text", page=3, heading="二"),
                    Source("A", "https://a.org/b", "text", line=7, answer=True),
                ),
                seconds=0.25,
                providers=("documents", "web"),
            ),
            ToolCall(
                Command(Tool.TEXT_TO_IMAGE, "a fox"), ToolState.DONE, picture="a.png"
            ),
        ),
        model="MOSS demo",
        usage=Usage(10, 5, 7, 0.25, 0.5, 1 << 40),
    )
    return replace(message, **changes)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "archive.db") as database:
        yield database


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)


def load(store: ConversationStore, identity: str = CHAT) -> Conversation:
    loaded = store.load(identity)
    assert loaded is not None
    assert loaded.unreadable == 0
    return loaded.conversation


def test_what_was_saved_is_loaded(store: ConversationStore) -> None:
    store.create(CHAT, "算术 🧮", NOON)
    expected = Conversation(CHAT, "算术 🧮")
    assert load(store) == expected
    for message in (question(), reply()):
        store.save_message(CHAT, message)
        expected = expected.with_message(message)
        assert load(store) == expected


def test_it_survives_closing(tmp_path: Path) -> None:
    path = tmp_path / "新建 文件夹" / "档案.db"
    with Database(path) as database:
        store = ConversationStore(database)
        store.create(CHAT, "t", NOON)
        store.save_message(CHAT, question(text="你好 👩‍👩‍👧 \x00 \r\n\t"))
    with Database(path) as database:
        path_shown = load(ConversationStore(database)).path()
    assert [message.text for message in path_shown] == ["你好 👩‍👩‍👧 \x00 \r\n\t"]


def test_times_are_kept_in_utc(store: ConversationStore) -> None:
    store.create(CHAT, "", NOON)
    east = datetime.fromisoformat("2026-05-01T20:00:00.000001+08:00")
    store.save_message(CHAT, question(created=east))
    created = load(store).messages["q"].created
    assert created == east
    assert created.tzinfo is UTC


def test_a_save_replaces_the_last_one(store: ConversationStore) -> None:
    store.create(CHAT, "", NOON)
    store.save_message(CHAT, question())
    for text in ("", "two", "two and two"):
        store.save_message(CHAT, reply(text=text, state=MessageState.STREAMING))
    store.save_message(CHAT, reply(text="two and two.", usage=None))
    assert load(store).messages["a"] == reply(text="two and two.", usage=None)
    assert list(load(store).messages) == ["q", "a"]


def test_what_was_being_written_is_interrupted(store: ConversationStore) -> None:
    store.create(CHAT, "", NOON)
    store.save_message(CHAT, reply(text="half", state=MessageState.STREAMING))
    message = load(store).messages["a"]
    assert message.state is MessageState.INTERRUPTED
    assert message.text == "half"


def test_finishing_another_branch_leaves_the_path(store: ConversationStore) -> None:
    store.create(CHAT, "", NOON)
    store.save_message(CHAT, question())
    store.save_message(CHAT, reply("a", state=MessageState.STREAMING))
    store.save_message(CHAT, reply("b", "other"))
    store.save_message(CHAT, reply("a"))
    assert load(store).leaf == "b"
    store.set_leaf(CHAT, "a")
    assert [message.id for message in load(store).path()] == ["q", "a"]
    store.set_leaf(CHAT, None)
    assert load(store).path() == ()


def test_the_newest_conversation_comes_first(store: ConversationStore) -> None:
    for index, name in enumerate("abc"):
        store.create(name, name.upper(), NOON + timedelta(minutes=index))
    assert [summary.id for summary in store.summaries()] == ["c", "b", "a"]
    late = NOON + timedelta(hours=1)
    store.save_message("a", question(created=late))
    store.save_message("b", question("q2"))
    summaries = store.summaries()
    assert [summary.id for summary in summaries] == ["a", "c", "b"]
    assert summaries[0].title == "A"
    assert summaries[0].updated == late


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("京", ["b"]),
        ("weather", ["a", "b"]),
        ("WEATHER", ["a", "b"]),
        ("100%", ["a"]),
        ("0%_", []),
        ("_", []),
        ("\\", ["c"]),
        ("nowhere", []),
        ("", ["c", "b", "a"]),
    ],
)
def test_filter(store: ConversationStore, text: str, found: list[str]) -> None:
    for name, title, said in [
        ("a", "Weather", "sure, 100% of it"),
        ("b", "旅行", "北京 weather?"),
        ("c", "back\\slash", ""),
    ]:
        store.create(name, title, NOON)
        store.save_message(name, question(f"q{name}", said))
    ids = [summary.id for summary in store.summaries(text)]
    assert sorted(ids) == sorted(found)


def test_rename_and_trash(store: ConversationStore) -> None:
    store.create("a", "one", NOON)
    store.create("b", "two", NOON)
    store.rename("a", "uno")
    store.trash("b", NOON)
    assert [summary.title for summary in store.summaries()] == ["uno"]
    assert [summary.title for summary in store.trashed()] == ["two"]
    assert load(store, "b").title == "two"
    store.restore("b")
    assert store.trashed() == ()
    assert len(store.summaries()) == 2


def test_what_is_not_there(store: ConversationStore) -> None:
    assert store.load("nobody") is None
    assert store.summaries() == ()
    assert store.draft("nobody") == ""


def test_drafts(store: ConversationStore) -> None:
    store.set_draft("", "for a new one")
    store.set_draft(CHAT, "你好")
    store.set_draft(CHAT, "你好吗")
    assert store.draft() == "for a new one"
    assert store.draft(CHAT) == "你好吗"
    store.set_draft(CHAT, "")
    assert store.draft(CHAT) == ""


def test_half_a_surrogate_pair_costs_one_character(store: ConversationStore) -> None:
    store.create(CHAT, "\ud83d", NOON)
    call = ToolCall(
        Command(Tool.SEARCH, "\udc00"),
        ToolState.DONE,
        "a\ud800b",
        sources=(Source("\ud800", "/\ud800", "\ud800", heading="\ud800"),),
    )
    store.save_message(CHAT, question(text="a\ud83db"))
    store.save_message(CHAT, reply(calls=(call,)))
    conversation = load(store)
    assert conversation.title == "?"
    assert conversation.messages["q"].text == "a?b"
    [read] = conversation.messages["a"].calls
    assert read.result == "a?b"
    assert read.sources == (Source("?", "/?", "?", heading="?"),)


def test_calls_of_an_older_program_are_read(
    store: ConversationStore, database: Database
) -> None:
    store.create(CHAT, "", NOON)
    store.save_message(CHAT, reply())
    calls = """[{"command": {"tool": "Calculate", "argument": "1+1"}, "state": "done",
                 "result": "2", "reason": null}]"""
    with database.transaction():
        database.execute("UPDATE messages SET calls = ?", calls)
    assert load(store).messages["a"].calls == (
        ToolCall(Command(Tool.CALCULATE, "1+1"), ToolState.DONE, "2"),
    )


@pytest.mark.parametrize(
    "state", [ToolState.WAITING, ToolState.ASKING, ToolState.RUNNING]
)
def test_a_call_that_the_program_died_with_is_over(
    store: ConversationStore, state: ToolState
) -> None:
    store.create(CHAT, "", NOON)
    call = ToolCall(Command(Tool.SEARCH, "x"), state, providers=("web",))
    store.save_message(CHAT, reply(state=MessageState.STREAMING, calls=(call,)))
    [read] = load(store).messages["a"].calls
    assert read.reason is ToolFailure.CANCELLED


@pytest.mark.parametrize(
    ("damage", "shown"),
    [
        ("role = 'nobody'", ["q", "b"]),
        ("state = ''", ["q", "b"]),
        ("calls = '{'", ["q", "a", "b"]),
        ("""calls = '[{"command": {"tool": "Fly"}}]'""", ["q", "a", "b"]),
        ("usage = '[]'", ["q", "a", "b"]),
    ],
)
def test_an_unreadable_record_hides_no_other(
    store: ConversationStore, database: Database, *, damage: str, shown: list[str]
) -> None:
    store.create(CHAT, "t", NOON)
    for message in (question(), reply("a"), reply("b")):
        store.save_message(CHAT, message)
    with database.transaction():
        database.execute(f"UPDATE messages SET {damage} WHERE id = 'a'")  # noqa: S608
    loaded = store.load(CHAT)
    assert loaded is not None
    assert loaded.unreadable == 1
    assert list(loaded.conversation.messages) == shown


def test_text_that_is_not_utf_8_is_shown(
    store: ConversationStore, database: Database
) -> None:
    store.create(CHAT, "t", NOON)
    store.save_message(CHAT, question())
    with database.transaction():
        database.execute("UPDATE messages SET text = CAST(x'61ff62' AS TEXT)")
        database.execute("UPDATE conversations SET updated = 1 << 62")
    assert load(store).messages["q"].text == "a\ufffdb"
    assert store.summaries()[0].updated.year == 9999


messages = st.builds(
    Message,
    id=st.sampled_from("abcde"),
    parent=st.none() | st.sampled_from("abcde"),
    role=st.sampled_from(Role),
    text=st.text(st.characters(exclude_categories=["Cs"])),
    created=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)),  # noqa: DTZ001
    state=st.sampled_from(
        [state for state in MessageState if state is not MessageState.STREAMING]
    ),
    thoughts=st.text(st.characters(exclude_categories=["Cs"])),
    calls=st.lists(
        st.builds(
            ToolCall,
            st.builds(
                Command,
                st.sampled_from(Tool),
                st.text(st.characters(exclude_categories=["Cs"])),
            ),
            st.sampled_from([ToolState.DONE, ToolState.FAILED]),
        ),
        max_size=3,
    ).map(tuple),
    usage=st.none()
    | st.builds(
        Usage, seed=st.integers(0, (1 << 64) - 1), generate_seconds=st.floats(0, 1e9)
    ),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(messages, max_size=8))
def test_any_messages(tmp_path: Path, written: list[Message]) -> None:
    with Database(tmp_path / "any.db") as database:
        with database.transaction(durable=False):
            database.execute("DELETE FROM conversations")
        store = ConversationStore(database)
        store.create(CHAT, "", NOON)
        expected: dict[str, Message] = {}
        for message in written:
            store.save_message(CHAT, message)
            first = expected.get(message.id, message)
            # Who wrote it, when, and after what does not change.
            expected[message.id] = replace(
                message,
                parent=first.parent,
                role=first.role,
                created=first.created,
            )
        assert load(store).messages == expected
