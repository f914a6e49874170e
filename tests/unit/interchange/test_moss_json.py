"""Our own file: nothing is lost, and what a torn one still has is found."""

import hashlib
import json
from dataclasses import dataclass, replace

import pytest

from app.domain.conversation import MessageState
from app.domain.errors import ErrorCode, UserError
from app.domain.tools import Command, Tool, ToolCall
from app.interchange import moss_json
from app.interchange.findings import Finding, Flaw, FoundChat, FoundPicture, Program
from tests.unit.interchange.samples import ANSWER, CHAT, NOON, OTHER, QUESTION, chat

PICTURE = b"\x89PNG not much of one"
NAME = f"{hashlib.sha256(PICTURE).hexdigest()}.png"


def written(*chats, pictures=None):
    return b"".join(moss_json.pieces(chats, (pictures or {}).get))


def renamed(number):
    """The sample under another id."""
    sample = chat()
    messages = {
        m.id[:-1] + str(number): replace(
            m,
            id=m.id[:-1] + str(number),
            parent=m.parent and m.parent[:-1] + str(number),
        )
        for m in sample.conversation.messages.values()
    }
    changed = replace(
        sample.conversation,
        id=f"{number:032x}",
        messages=messages,
        leaf=list(messages)[-1],
    )
    return replace(sample, conversation=changed)


def test_what_was_written_is_read():
    (found,) = moss_json.read(written(chat()))
    assert found == FoundChat(chat(), Program.MOSS)
    assert list(found.chat.conversation.messages) == list(chat().conversation.messages)


def test_the_same_chats_give_the_same_bytes():
    chats = [renamed(number) for number in range(3)]
    first = written(*chats)
    again = [found.chat for found in moss_json.read(first)]
    assert written(*again) == first
    nothing = (
        b'{"format":"moss-desktop-chats","version":1,"chats":[\n],"pictures":{\n}}\n'
    )
    assert written() == nothing
    assert list(moss_json.read(nothing)) == []


def test_the_file_is_json_of_a_known_form():
    value = json.loads(written(chat()))
    assert (value["format"], value["version"]) == ("moss-desktop-chats", 1)
    (only,) = value["chats"]
    assert (only["title"], only["folder"], only["pinned"]) == (
        "算术 🧮",
        "school",
        True,
    )
    assert only["messages"][1]["calls"][0]["command"] == {
        "tool": "Calculate",
        "argument": "1+1",
    }


def test_a_file_that_was_made_pretty_is_read():
    pretty = json.dumps(json.loads(written(chat())), indent=4).encode()
    assert moss_json.is_ours(pretty)
    assert [found.chat for found in moss_json.read(pretty)] == [chat()]


def test_a_newer_file_is_refused():
    newer = written(chat()).replace(b'"version":1', b'"version":2', 1)
    for data in (newer, newer[:200], json.dumps(json.loads(newer), indent=1).encode()):
        with pytest.raises(UserError) as refused:
            list(moss_json.read(data))
        assert refused.value.code is ErrorCode.IMPORT_NEWER


@pytest.mark.parametrize("lost", [2, 5, 300])
def test_a_torn_file_gives_the_chats_that_are_whole(lost):
    first, second = renamed(1), renamed(2)
    data = written(first, second)
    *whole, end = moss_json.read(data[: data.index(b'],"pictures"') - lost])
    assert isinstance(end, Finding)
    assert end.flaw is Flaw.ENDS_EARLY
    assert whole[0] == FoundChat(first, Program.MOSS)
    assert len(whole) == 2
    assert whole[1].flaw is Flaw.CHAT


def test_a_damaged_message_is_counted_and_what_follows_hangs_on_what_is_above():
    value = json.loads(written(chat()))
    value["chats"][0]["messages"][1]["role"] = "nobody"
    (found,) = moss_json.read(json.dumps(value).encode())
    assert [(f.flaw, f.count) for f in found.findings] == [(Flaw.MESSAGES, 1)]
    messages = found.chat.conversation.messages
    assert ANSWER not in messages
    first, _ = found.chat.conversation.path()
    assert first.text == "1+1?"


@pytest.mark.parametrize("damage", [
    {"created": "yesterday"}, {"id": 5}, {"messages": 3}, {"pinned": "yes"},
    {"created": "0001-01-01T00:00:00+14:00"},
])  # fmt: skip
def test_a_damaged_chat_is_counted(damage):
    value = json.loads(written(renamed(1), renamed(2)))
    value["chats"][0] |= damage
    first, second = moss_json.read(json.dumps(value).encode())
    assert first == Finding(Flaw.CHAT, "1")
    assert second.chat == renamed(2)


def test_circles_and_strays_become_first_messages():
    value = json.loads(written(chat()))
    messages = value["chats"][0]["messages"]
    messages[0]["parent"] = ANSWER
    messages[2]["parent"] = "f" * 32
    value["chats"][0]["leaf"] = "e" * 32
    (found,) = moss_json.read(json.dumps(value).encode())
    conversation = found.chat.conversation
    assert conversation.messages[OTHER].parent is None
    firsts = [m.id for m in conversation.messages.values() if m.parent is None]
    assert set(firsts) in ({OTHER, QUESTION}, {OTHER, ANSWER})
    assert conversation.leaf in conversation.messages


def test_nobody_is_writing_what_is_read():
    sample = chat()
    messages = dict(sample.conversation.messages)
    messages[OTHER] = replace(messages[OTHER], state=MessageState.STREAMING)
    changed = replace(
        sample, conversation=replace(sample.conversation, messages=messages)
    )
    (found,) = moss_json.read(written(changed))
    assert found.chat.conversation.messages[OTHER].state is MessageState.INTERRUPTED


@dataclass(frozen=True, slots=True)
class Drawing(ToolCall):
    """A call of a tool that makes pictures."""

    picture: str = ""


def with_picture():
    sample = chat()
    messages = dict(sample.conversation.messages)
    call = Drawing(Command(Tool.TEXT_TO_IMAGE, "a cat"), picture=NAME)
    messages[ANSWER] = replace(messages[ANSWER], calls=(call,))
    return replace(sample, conversation=replace(sample.conversation, messages=messages))


def test_pictures_go_along():
    data = written(with_picture(), with_picture(), pictures={NAME: PICTURE})
    assert data.count(NAME.encode()) == 3
    assert list(moss_json.read(data))[-1] == FoundPicture(NAME, PICTURE)
    assert b'"pictures":{\n}' in written(with_picture())


@pytest.mark.parametrize("swap", [
    (b'png":"', b'png":"AAAA'),
    (b'png":"', b'png":"!!'),
    (NAME.encode(), b"../../x.png"),
])  # fmt: skip
def test_a_picture_that_is_not_what_its_name_says_is_refused(swap):
    data = written(with_picture(), pictures={NAME: PICTURE})
    head, tail = data.split(b'"pictures"')
    *_, last = moss_json.read(head + b'"pictures"' + tail.replace(*swap))
    assert isinstance(last, Finding)
    assert last.flaw is Flaw.PICTURE


def test_times_without_a_zone_are_utc():
    value = json.loads(written(chat()))
    value["chats"][0]["created"] = NOON.replace(tzinfo=None).isoformat()
    (found,) = moss_json.read(json.dumps(value).encode())
    assert found.chat.created == NOON
    assert found.chat.conversation.id == CHAT


@pytest.mark.parametrize("gap", [b"", b"\n"])
def test_an_absurdly_nested_file_ends_in_a_finding(gap):
    start = b'{"format":"moss-desktop-chats","version":1,"chats":['
    *_, last = moss_json.read(start + gap + b"[" * 200_000)
    assert last == Finding(Flaw.ENDS_EARLY, "")


def test_a_damaged_line_costs_one_chat():
    data = written(renamed(1), renamed(2), renamed(3)).replace(b'"title"', b'"title', 1)
    damaged, *whole = moss_json.read(data)
    assert damaged == Finding(Flaw.CHAT, "1")
    assert [found.chat for found in whole] == [renamed(2), renamed(3)]


def test_what_an_editor_puts_before_a_file_is_passed_over():
    data = b"\xef\xbb\xbf" + written(chat())
    assert moss_json.is_ours(data)
    assert [found.chat for found in moss_json.read(data)] == [chat()]
