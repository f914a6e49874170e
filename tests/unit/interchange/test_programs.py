"""Other programs' files, read: what was said by whom, when, and in which branch."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.branches import versions
from app.domain.conversation import MessageState, Role
from app.domain.feedback import Rating
from app.interchange import chatgpt, claude, gpt4all, jan, lm_studio, open_webui
from app.interchange.findings import Finding, Flaw
from app.interchange.json_values import values
from app.interchange.limits import MOST_TEXT
from tests.unit.interchange import samples
from tests.unit.interchange.samples import NOON

BEGAN = datetime.fromtimestamp(1746100800, UTC)


def said(conversation):
    """Who said what on the path that is shown."""
    return [(m.role.value, m.text) for m in conversation.path()]


def test_chatgpt():
    archived = chatgpt.read(samples.chatgpt(), "", NOON).chat
    conversation = archived.conversation
    assert said(conversation) == [
        ("user", "[image]\n\nWhat is it? <|im_end|>"),
        ("assistant", "A cat."),
    ]
    question, shown = conversation.path()
    assert (shown.thoughts, shown.model) == ("A cat, I think.", "gpt-4o")
    old, new = versions(conversation, shown.id)
    assert (old.text, new.id) == ("A dog.", shown.id)
    assert old.created == BEGAN + timedelta(seconds=10)
    assert question.created == BEGAN + timedelta(seconds=0.5)
    assert (conversation.title, archived.created) == ("Cat or dog", BEGAN)
    assert archived.updated == BEGAN + timedelta(seconds=100)


def test_chatgpt_hides_what_is_hidden():
    sample = samples.chatgpt()
    sample["mapping"]["old"]["message"]["author"]["role"] = "tool"
    conversation = chatgpt.read(sample, "", NOON).chat.conversation
    assert len(conversation.messages) == 2


def test_claude():
    archived = claude.read(samples.claude(), "", NOON).chat
    first, answer, thanks = archived.conversation.path()
    assert first.text == "Go on with this:\n\np.txt:\nRoses"
    assert (answer.text, answer.thoughts) == (
        "Violets\n\nare blue.",
        "Violets follow.",
    )
    assert thanks.text == "Thanks"
    assert answer.created == datetime(2025, 5, 1, 12, 0, 2, tzinfo=UTC)
    assert archived.updated == datetime(2025, 5, 1, 12, 5, tzinfo=UTC)
    assert archived.conversation.title == "Poem"


def test_claude_with_branches():
    root = "00000000-0000-4000-8000-000000000000"
    sample = samples.claude(current_leaf_message_uuid="m2")
    parents = [root, "m1", "m1"]
    for message, parent in zip(sample["chat_messages"], parents, strict=True):
        message["parent_message_uuid"] = parent
    sample["chat_messages"][2]["sender"] = "assistant"
    conversation = claude.read(sample, "", NOON).chat.conversation
    _, shown = conversation.path()
    assert shown.text.startswith("Violets")
    assert len(versions(conversation, shown.id)) == 2


def test_open_webui():
    archived = open_webui.read(samples.open_webui(), "", NOON).chat
    conversation = archived.conversation
    assert said(conversation) == [("user", "Is 1 < 2?"), ("assistant", "No.")]
    worse, better = versions(conversation, conversation.leaf)
    assert (worse.feedback.rating, better.feedback.rating) == (Rating.DOWN, Rating.UP)
    assert (better.text, better.thoughts) == ("Yes.", "1 < 2")
    assert (worse.model, better.model) == ("llama3:8b", "Qwen 3")
    assert archived.pinned


def test_open_webui_of_old():
    sample = samples.open_webui()
    messages = sample["chat"].pop("history")["messages"]
    sample["chat"]["messages"] = [messages["a"], messages["c"]]
    assert open_webui.matches(sample)
    conversation = open_webui.read(sample, "", NOON).chat.conversation
    assert said(conversation) == [("user", "Is 1 < 2?"), ("assistant", "Yes.")]


def test_lm_studio():
    archived = lm_studio.read(samples.lm_studio(), "1.conversation.json", NOON).chat
    conversation = archived.conversation
    assert [text for _, text in said(conversation)] == [
        "Hello in Latin",
        "Salve!",
        "And goodbye?",
    ]
    answer = conversation.path()[1]
    assert (answer.thoughts, answer.model) == ("Hm.", "qwen2.5-7b")
    other, _ = versions(conversation, answer.id)
    assert other.text == "Ave!"
    assert archived.created == BEGAN


def test_jan():
    messages = list(values(samples.jan_messages()))
    assert all(map(jan.matches, messages))
    found = jan.read(samples.JAN_THREAD, messages, place="01J", now=NOON)
    question, answer = found.chat.conversation.path()
    assert (question.text, question.role) == ("A joke!", Role.USER)
    assert (answer.text, answer.thoughts) == ("Knock, knock.", "Which?")
    assert answer.state is MessageState.STOPPED
    assert found.chat.updated == BEGAN + timedelta(seconds=5)
    assert (found.chat.conversation.title, found.chat.pinned) == ("Joke", True)
    alone = jan.read({}, messages, place="01J", now=NOON).chat
    assert alone.conversation.title == "A joke!"
    assert alone.created == question.created


class Stream:
    """Writes as Qt does: the counterpart of what is read, for samples."""

    def __init__(self):
        self.data = b""

    def raw(self, form, *numbers):
        self.data += struct.pack(">" + form, *numbers)
        return self

    def text(self, *texts):
        for text in texts:
            if text is None:
                self.raw("I", 0xFFFFFFFF)
            else:
                data = text.encode("utf-16-be")
                self.raw("I", len(data))
                self.data += data
        return self


def gpt4all_file(version):
    """A question with a document, and an answer that was stopped and praised."""
    stream = Stream().raw("Iiq", 0xF5D553CC, version, 1746100800)
    stream.text("some-id", "Grüße 👋", None, "model.gguf")
    if version >= 3:
        stream.raw("I", 1).text("collection")
    if version < 11:
        if version >= 6:
            stream.raw("B", version == 7)
        if version >= 2:
            stream.raw("ii", 1, 0)
        stream.text("", "").raw("I", 5)
        if version in {1, 2, 3, 4, 5, 7}:
            if version < 4:
                stream.raw("i", 0)
            stream.raw("i", 2)
            if version >= 7:
                stream.raw("i", 2048)
            stream.raw("Qff", 2, 0.5, 0.5).raw("Qii", 2, 7, 8).raw("I4s", 4, b"zlib")
    stream.raw("i", 2)
    item(stream, version, "Prompt: ", "Hello?")
    item(stream, version, "Response: ", "Hi!", stopped=True, up=True)
    return stream.data


def item(stream, version, name, value, *, stopped=False, up=False):
    if version < 12:
        stream.raw("i", 0)
    stream.text(name, value)
    if version < 10:
        stream.text("")
    stream.text(None).raw("BBBB", 0, stopped, up, 0)
    if version >= 11 and name == "Response: ":
        stream.raw("B", 0)
    if version >= 8:
        stream.raw("q", 1).text("c", "/p", "f.txt", "", "", "", "passage")
        stream.raw("iii", -1, 1, 2)
    elif version >= 3:
        stream.text("1. f.txt").raw("I", 1).text("passage")
    if version >= 10:
        stream.raw("q", 1).raw("I4s", 4, b"file").raw("I2s", 2, b"ab")
    if version >= 12:
        parts(stream, is_answer=name == "Response: ")


def parts(stream, *, is_answer):
    if not is_answer:
        stream.raw("q", 0)
        return
    stream.raw("q", 1).text("Response: ", "").raw("q", 3)
    stream.text("Think: ", "Who?").raw("i", 1500).raw("q", 0)
    stream.text("ToolCall: ", "run()", "js").raw("q", 1).text("code")
    stream.raw("iIB", 0, 10, 0).text("1").text("result").raw("i", 0).text("")
    stream.raw("q", 0)
    stream.text("Text: ", "Oh. ").raw("q", 0)


@pytest.mark.parametrize("version", range(1, 13))
def test_gpt4all(version):
    data = gpt4all_file(version)
    assert gpt4all.matches(data)
    found = gpt4all.read(data, "gpt4all-some-id.chat", NOON)
    assert found.findings == ()
    question, answer = found.chat.conversation.path()
    assert question.text == "Hello?"
    assert answer.text == ("Oh. Hi!" if version == 12 else "Hi!")
    assert answer.thoughts == ("Who?" if version == 12 else "")
    assert answer.state is MessageState.STOPPED
    assert answer.feedback.rating is Rating.UP
    assert found.chat.conversation.title == "Grüße 👋"
    assert found.chat.created == BEGAN


@pytest.mark.parametrize("version", [1, 7, 10, 12])
def test_any_beginning_of_a_gpt4all_file_ends_in_findings(version):
    data = gpt4all_file(version)
    texts = set()
    for size in range(4, len(data)):
        found = gpt4all.read(data[:size], "x", NOON)
        if isinstance(found, Finding):
            assert found.flaw is Flaw.CHAT
        else:
            assert [f.flaw for f in found.findings] == [Flaw.MESSAGES]
            texts |= {m.text for m in found.chat.conversation.messages.values()}
    assert texts == {"Hello?"}


def test_gpt4all_of_the_future_is_refused():
    data = struct.pack(">Ii", 0xF5D553CC, 13) + bytes(1000)
    assert gpt4all.read(data, "x", NOON) == Finding(Flaw.NEWER, "x")


@pytest.mark.parametrize("count", [-1, 1 << 40, (1 << 63) - 1])
def test_gpt4all_counts_are_measured(count):
    data = gpt4all_file(12).replace(
        struct.pack(">q", 1) + Stream().text("c").data,
        struct.pack(">q", count) + Stream().text("c").data,
    )
    found = gpt4all.read(data, "x", NOON)
    assert [f.flaw for f in found.findings] == [Flaw.MESSAGES]


def test_a_text_that_is_too_long_is_cut_and_said_to_be():
    sample = samples.claude()
    sample["chat_messages"][1]["content"][0]["thinking"] = "x" * (MOST_TEXT + 7)
    found = claude.read(sample, "", NOON)
    assert found.findings == (Finding(Flaw.SHORTENED, "Poem", 7),)


def test_reading_is_pure():
    first, again = (chatgpt.read(samples.chatgpt(), "", NOON) for _ in range(2))
    assert first == again
    other = claude.read(samples.claude(uuid="chat-2"), "", NOON).chat.conversation
    same = claude.read(samples.claude(), "", NOON).chat.conversation
    assert not set(other.messages) & set(same.messages)
