"""Damaged, huge and malicious files end in findings or a sentence, and soon."""

import copy
import json
import zipfile
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from app.domain.errors import ErrorCode, UserError
from app.interchange import chatgpt, claude, fields, jan, lm_studio, open_webui, reading
from app.interchange.bundle import opened
from app.interchange.findings import Finding, Flaw, FoundChat
from app.interchange.json_values import BROKEN, values
from tests.unit.interchange import samples
from tests.unit.interchange.samples import NOON, as_json, zipped

SAMPLES = {
    chatgpt: samples.chatgpt(),
    claude: samples.claude(),
    open_webui: samples.open_webui(),
    lm_studio: samples.lm_studio(),
}


def read(tmp_path, data):
    (tmp_path / "in").write_bytes(data)
    with opened(tmp_path / "in") as bundle:
        return list(reading.read(bundle, NOON))


def places(value, path=()):
    """The paths to everything in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1e400,
        10**400,
        "",
        "\ud800",
        "x" * 2000,
        [],
        {},
        [[]],
        {"a": {}},
    ]
)


@pytest.mark.parametrize("program", SAMPLES, ids=lambda module: module.__name__)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_anything_may_stand_anywhere(program, data):
    sample = copy.deepcopy(SAMPLES[program])
    for _ in range(data.draw(st.integers(1, 4))):
        *way, last = data.draw(st.sampled_from(list(places(sample))[1:]))
        inner = sample
        for step in way:
            inner = inner[step]
        inner[last] = copy.deepcopy(data.draw(JUNK))
    if program.matches(sample):
        check(program.read(sample, "here", NOON))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_anything_may_stand_anywhere_in_jans_files(data):
    both = copy.deepcopy([samples.JAN_THREAD, list(values(samples.jan_messages()))])
    deeper = [path for path in places(both) if len(path) > 1]
    *way, last = data.draw(st.sampled_from(deeper))
    inner = both
    for step in way:
        inner = inner[step]
    inner[last] = copy.deepcopy(data.draw(JUNK))
    thread, messages = both
    check(jan.read(thread, messages, place="here", now=NOON))


def check(found):
    """What was read is a whole tree that the archive can hold."""
    conversation = found.chat.conversation
    for message in conversation.messages.values():
        assert message.parent is None or message.parent in conversation.messages
        assert message.created.utcoffset() == timedelta(0)
        message.text.encode()
    assert conversation.leaf is None or conversation.leaf in conversation.messages
    assert len(conversation.title) <= 500
    conversation.path()


@pytest.mark.parametrize("key", ["parent", "children"])
def test_circles_are_cut(key):
    sample = samples.chatgpt()
    sample["mapping"]["root"]["parent"] = "new"
    sample["mapping"]["q"]["parent"] = "q" if key == "parent" else "old"
    check(chatgpt.read(sample, "", NOON))


def test_a_torn_list_gives_the_chats_that_are_whole(tmp_path):
    chats = [samples.claude(uuid=str(number)) for number in range(3)]
    data = as_json(chats)
    *found, end = read(tmp_path, data[:-100])
    assert [isinstance(each, FoundChat) for each in found] == [True, True]
    assert end.flaw is Flaw.ENDS_EARLY


def test_what_is_no_chat_among_chats_is_counted(tmp_path):
    data = as_json([7, samples.claude(), {"no": "chat"}])
    flaws = [getattr(found, "flaw", None) for found in read(tmp_path, data)]
    assert flaws == [Flaw.CHAT, None, Flaw.CHAT]


def test_a_chat_without_messages_is_left_out(tmp_path):
    found = read(tmp_path, as_json([samples.claude(chat_messages=[])]))
    assert found == [Finding(Flaw.EMPTY, "Poem")]


@pytest.mark.parametrize("nested", [b"[", b'{"mapping":', b'[{"chat_messages":[{"a":'])
def test_deep_nesting_is_refused(tmp_path, nested):
    with pytest.raises(UserError) as refused:
        read(tmp_path, nested * 100_000)
    assert refused.value.code is ErrorCode.IMPORT_UNKNOWN


def test_a_value_may_be_long_but_not_too_long(monkeypatch):
    monkeypatch.setattr("app.interchange.json_values.MOST_VALUE", 1 << 20)
    long = "x" * 800_000
    assert list(values(as_json([long, 1, long]))) == [long, 1, long]
    assert list(values(as_json([1, long + long, 1]))) == [1, BROKEN]
    assert list(values(as_json(long + long))) == [BROKEN]


@pytest.mark.timeout(120)
def test_a_long_way_up_is_gone_once():
    nodes = {
        str(n): {"parent": str(n - 1) if n else None, "message": None}
        for n in range(100_000)
    }
    nodes["99999"]["message"] = {
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": ["Hi"]},
    }
    found = chatgpt.read({"mapping": nodes, "current_node": "99999"}, "", NOON)
    assert [m.text for m in found.chat.conversation.path()] == ["Hi"]


@pytest.mark.timeout(120)
def test_many_broken_lines_do_not_slow_each_other():
    assert sum(each is BROKEN for each in values(b'{"a\n' * 100_000)) == 100_000


def test_a_number_may_be_too_long_for_python():
    assert list(values(b"[1, " + b"9" * 10_000 + b"]")) == [1, BROKEN]


@pytest.mark.parametrize("wrong", [
    float("nan"), float("inf"), -1, 10**400, True, "yesterday", "1901-01-01",
    "0001-01-01T00:00:00+14", None, [],
])  # fmt: skip
def test_a_moment_that_is_none(wrong):
    assert fields.moment(wrong) is None


# ZIP archives


def test_an_export_is_read_as_it_came(tmp_path):
    found = read(
        tmp_path,
        zipped(
            {
                "user.json": b'{"id": "someone"}',
                "message_feedback.json": b"[]",
                "chat.html": b"<html>",
                "image.png": b"\x89PNG",
                "conversations-000.json": as_json([samples.chatgpt()]),
                "conversations-001.json": as_json([samples.claude()]),
            }
        ),
    )
    assert [each.program.value for each in found] == ["ChatGPT", "Claude"]


def test_a_bomb_is_measured_while_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("app.interchange.bundle.MOST_BYTES", 1 << 18)
    bomb = zipped({"a.json": b" " * (1 << 22), "b.json": as_json([samples.claude()])})
    assert len(bomb) < 1 << 18
    large, chat = read(tmp_path, bomb)
    assert large == Finding(Flaw.TOO_LARGE, "a.json")
    assert isinstance(chat, FoundChat)


def test_many_files_of_allowed_size_are_measured_together(tmp_path, monkeypatch):
    monkeypatch.setattr("app.interchange.bundle.MOST_UNPACKED", 1000)
    files = {f"{number}.json": b"[" + b" " * 400 + b"]" for number in range(5)}
    flaws = [found.flaw for found in read(tmp_path, zipped(files))]
    assert flaws == [Flaw.TOO_LARGE] * 3


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("app.interchange.bundle.MOST_FILES", 10)
    files = {f"{number}.json": b"" for number in range(11)}
    with pytest.raises(UserError) as refused:
        read(tmp_path, zipped(files))
    assert refused.value.code is ErrorCode.IMPORT_TOO_LARGE


def test_damage_in_an_archive_costs_one_file(tmp_path):
    good = as_json([samples.claude()])
    data = bytearray(zipped({"a.json": as_json([samples.chatgpt()]), "b.json": good}))
    data[60:80] = bytes(20)
    damaged, chat = read(tmp_path, bytes(data))
    assert damaged == Finding(Flaw.CHAT, "a.json")
    assert isinstance(chat, FoundChat)


@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_a_torn_archive_ends_in_a_sentence(tmp_path, cut):
    data = zipped({"conversations.json": as_json([samples.claude()])})
    with pytest.raises(UserError) as refused:
        read(tmp_path, data[: len(data) - 1 - cut])
    codes = {ErrorCode.IMPORT_UNKNOWN, ErrorCode.IMPORT_FAILED}
    assert refused.value.code in codes


def test_names_in_an_archive_lead_nowhere(tmp_path):
    data = zipped({"../../evil.json": as_json([samples.claude()])})
    assert len(read(tmp_path, data)) == 1
    assert {p.name for p in tmp_path.iterdir()} == {"in"}


def test_other_ways_of_packing_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "in", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.json", as_json([samples.claude()]))
    with opened(tmp_path / "in") as bundle, pytest.raises(Exception, match=r"a\.json"):
        list(reading.read(bundle, NOON))


def test_a_folder_is_read(tmp_path):
    thread = tmp_path / "threads" / "01J"
    thread.mkdir(parents=True)
    (thread / "thread.json").write_text(json.dumps(samples.JAN_THREAD))
    (thread / "messages.jsonl").write_bytes(samples.jan_messages())
    (tmp_path / "1.conversation.json").write_bytes(as_json(samples.lm_studio()))
    (tmp_path / "loop").symlink_to(tmp_path)
    with opened(tmp_path) as bundle:
        found = list(reading.read(bundle, NOON))
    assert [each.program.value for each in found] == ["LM Studio", "Jan"]
