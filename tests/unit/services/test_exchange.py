"""Chats to a file and from one, with a real archive and real files."""

import errno
import json
import os
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.moss.training import dialogue_from
from app.interchange import limits, moss_json
from app.interchange.findings import Finding, Flaw, Program
from app.services import exchange as service, exchange_words
from app.services.exchange import Exchange, Exported, Format, Imported, format_of
from app.store.conversations import ConversationStore
from app.store.database import Database
from tests.unit.interchange import samples
from tests.unit.interchange.samples import CHAT, NOON, as_json, chat, zipped
from tests.unit.interchange.test_moss_json import (
    NAME,
    PICTURE,
    with_picture,
    written,
)


@pytest.fixture
def archives(tmp_path):
    """Two archives, as exchanges."""
    numbers = count()

    def new_id():
        return f"{next(numbers):032x}"

    with Database(tmp_path / "1.db") as one, Database(tmp_path / "2.db") as two:
        yield tuple(
            Exchange(ConversationStore(d), tmp_path / f"p{n}", lambda: NOON, new_id)
            for n, d in enumerate((one, two))
        )


def only_files(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if not p.name.endswith(("-wal", "-shm"))}


def test_an_archive_goes_into_another_byte_for_byte(archives, tmp_path):
    one, two = archives
    one.archive.add_archived(chat())
    one.archive.create("d" * 32, "nothing yet", NOON + timedelta(days=1))
    assert one.export(tmp_path / "a.json", Format.JSON) == Exported(2)
    done = two.import_(tmp_path / "a.json")
    assert (len(done.chats), done.messages, done.findings) == (2, 4, [])
    two.export(tmp_path / "b.json", Format.JSON)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    loaded = two.archive.archived(CHAT)
    assert loaded is not None
    assert loaded.chat == chat()
    assert [s.id for s in two.archive.summaries()] == [CHAT, "d" * 32]


def test_what_is_there_already_comes_under_other_ids(archives, tmp_path):
    one, _ = archives
    one.archive.add_archived(chat())
    one.export(tmp_path / "a.json", Format.JSON)
    for _ in range(2):
        (new,) = one.import_(tmp_path / "a.json").chats
        assert new != CHAT
        loaded = one.archive.archived(new)
        conversation = loaded.chat.conversation
        original = chat().conversation
        assert [m.text for m in conversation.path()] == [
            m.text for m in original.path()
        ]
        ids = list(conversation.messages)
        assert not set(ids) & set(original.messages)
        assert conversation.messages[ids[1]].feedback.preferred_over == (ids[2],)
    assert one.archive.archived(CHAT).chat == chat()


def test_deleted_messages_keep_their_ids(archives, tmp_path):
    one, _ = archives
    one.archive.add_archived(chat())
    one.export(tmp_path / "a.json", Format.JSON)
    one.archive.trash(CHAT, NOON)
    assert one.export(tmp_path / "b.json", Format.JSON).chats == 0
    (new,) = one.import_(tmp_path / "a.json").chats
    assert new != CHAT
    assert [s.id for s in one.archive.trashed()] == [CHAT]


@pytest.mark.parametrize("kind", Format)
def test_every_format_is_written_twice_the_same(archives, tmp_path, kind):
    one, _ = archives
    one.archive.add_archived(chat())
    files = [tmp_path / f"{n}{kind.ending}" for n in range(2)]
    assert format_of(files[0]) is kind
    for file in files:
        assert one.export(file, kind) == Exported(1)
    assert files[0].read_bytes() == files[1].read_bytes() != b""


def test_some_chats_are_exported_and_a_missing_one_is_counted(archives, tmp_path):
    one, _ = archives
    one.archive.add_archived(chat())
    one.archive.create("d" * 32, "another", NOON)
    done = one.export(tmp_path / "a", Format.JSON, ids=["e" * 32, CHAT])
    assert done == Exported(1, 0, 1)
    found = list(moss_json.read((tmp_path / "a").read_bytes()))
    assert [f.chat.conversation.id for f in found] == [CHAT]


class FullDisk:
    """Fails like a full disk once so many bytes are on it."""

    def __init__(self, monkeypatch, code=errno.ENOSPC):
        self._code = code
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, _descriptor):
        raise OSError(self._code, os.strerror(self._code))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.EXPORT_DISK_FULL),
        (errno.EIO, ErrorCode.EXPORT_FAILED),
    ],
)
def test_a_failed_export_leaves_what_was_there(
    archives, tmp_path, monkeypatch, number, code
):
    one, _ = archives
    one.archive.add_archived(chat())
    (tmp_path / "a.md").write_text("before")
    before = only_files(tmp_path)
    FullDisk(monkeypatch, number)
    with pytest.raises(UserError) as failed:
        one.export(tmp_path / "a.md", Format.MARKDOWN)
    assert failed.value.code is code
    assert (tmp_path / "a.md").read_text() == "before"
    assert only_files(tmp_path) == before


def test_an_export_that_is_given_up_leaves_nothing(archives, tmp_path):
    one, _ = archives
    one.archive.add_archived(chat())
    one.archive.create("d" * 32, "", NOON)
    before = only_files(tmp_path)
    steps = one.exporting(tmp_path / "a", Format.JSON)
    assert next(steps).chats == 1
    assert len(only_files(tmp_path)) == len(before) + 1
    steps.close()
    assert only_files(tmp_path) == before


def test_chats_without_a_line_for_the_file_are_counted(archives, tmp_path):
    one, _ = archives
    one.archive.create("d" * 32, "", NOON)
    assert one.export(tmp_path / "a", Format.PREFERENCES) == Exported(1)
    assert (tmp_path / "a").read_bytes() == b""


def test_an_import_goes_in_steps(archives, tmp_path):
    one, _ = archives
    (tmp_path / "in").write_bytes(as_json([samples.claude(), samples.chatgpt()]))
    steps = one.importing(tmp_path / "in")
    assert len(next(steps).chats) == 1
    steps.close()
    assert len(one.archive.summaries()) == 1


def test_a_folder_cannot_be_overwritten(archives, tmp_path):
    one, _ = archives
    (tmp_path / "a").mkdir()
    before = only_files(tmp_path)
    with pytest.raises(UserError) as failed:
        one.export(tmp_path / "a", Format.JSON)
    assert failed.value.code is ErrorCode.EXPORT_FAILED
    assert only_files(tmp_path) == before


FILES = {
    Program.CHATGPT: as_json([samples.chatgpt()]),
    Program.CLAUDE: zipped({"conversations.json": as_json([samples.claude()])}),
    Program.OPEN_WEBUI: as_json([samples.open_webui()]),
    Program.LM_STUDIO: as_json(samples.lm_studio()),
    Program.JAN: zipped(
        {
            "threads/01J/thread.json": as_json(samples.JAN_THREAD),
            "threads/01J/messages.jsonl": samples.jan_messages(),
        }
    ),
}


@pytest.mark.parametrize("program", FILES)
def test_other_programs_chats_come_in_and_can_be_exported(archives, tmp_path, program):
    one, two = archives
    (tmp_path / "in").write_bytes(FILES[program])
    done = one.import_(tmp_path / "in")
    assert (done.programs, done.findings) == ([program], [])
    assert done.messages > 1
    one.export(tmp_path / "a", Format.JSON)
    two.import_(tmp_path / "a")
    two.export(tmp_path / "b", Format.JSON)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_import_that_ends_early_says_what_is_kept(archives, tmp_path, monkeypatch):
    _, two = archives
    twice = [samples.claude(), samples.claude(uuid="chat-2")]
    (tmp_path / "in").write_bytes(as_json(twice))
    add = ConversationStore.add_archived
    full = UserError(ErrorCode.DISK_FULL, "here")

    def one_only(store, archived):
        if store.ids():
            raise full
        add(store, archived)

    monkeypatch.setattr(ConversationStore, "add_archived", one_only)
    done = two.import_(tmp_path / "in")
    assert (len(done.chats), done.stopped) == (1, full)
    with pytest.raises(UserError):
        two.import_(tmp_path / "in")


def test_pictures_come_in(archives, tmp_path):
    _, two = archives
    data = written(with_picture(), pictures={NAME: PICTURE})
    (tmp_path / "in").write_bytes(data)
    assert two.import_(tmp_path / "in").pictures == 1
    assert {p.name: p.read_bytes() for p in two.pictures.iterdir()} == {NAME: PICTURE}


def test_control_markers_in_what_was_imported_stay_text(archives, tmp_path):
    one, _ = archives
    hostile = samples.claude()
    hostile["chat_messages"][0]["content"][0]["text"] = samples.HOSTILE
    (tmp_path / "in").write_bytes(as_json([hostile]))
    (identity,) = one.import_(tmp_path / "in").chats
    first = one.archive.archived(identity).chat.conversation.path()[0]
    assert first.text.startswith(samples.HOSTILE)


def test_findings_beyond_a_number_are_counted(archives, tmp_path):
    one, _ = archives
    data = as_json([samples.claude(), *range(service.MOST_FINDINGS + 5)])
    (tmp_path / "in").write_bytes(data)
    done = one.import_(tmp_path / "in")
    assert len(done.findings) == service.MOST_FINDINGS
    assert done.further == 5
    *_, last = exchange_words.imported_phrases(done)
    assert last.english == "Further remarks: 5"


def test_every_flaw_has_words():
    assert set(exchange_words.FLAWS) == set(Flaw)
    for flaw in Flaw:
        said = exchange_words.finding_phrase(Finding(flaw, "here", 3)).english
        assert "{" not in said
        assert "here" in said


def test_outcomes_have_words():
    done = Imported(["a"], 3, 1, [Program.JAN], [Finding(Flaw.EMPTY, "x")])
    said = [phrase.english for phrase in exchange_words.imported_phrases(done)]
    assert said == [
        "Imported chats: 1, with 3 messages. They come from: Jan",
        "Imported pictures: 1",
        "This chat has no messages and was left out: x",
    ]
    (nothing,) = exchange_words.imported_phrases(Imported())
    assert nothing.english == "No chat was imported."
    out = [p.english for p in exchange_words.exported_phrases(Exported(2, 1, 1))]
    assert len(out) == 3


def test_a_file_that_is_no_chat_is_refused(archives, tmp_path):
    one, _ = archives
    for data in (b"", b"\x89PNG\r\n", b"[1, 2]", b'{"a": 1}', b"{" * 100_000):
        (tmp_path / "in").write_bytes(data)
        with pytest.raises(UserError) as refused:
            one.import_(tmp_path / "in")
        assert refused.value.code is ErrorCode.IMPORT_UNKNOWN
    with pytest.raises(UserError) as refused:
        one.import_(tmp_path / "nothing")
    assert refused.value.code is ErrorCode.IMPORT_FAILED


def test_a_file_that_is_too_large_is_refused(archives, tmp_path, monkeypatch):
    one, _ = archives
    monkeypatch.setattr("app.interchange.bundle.MOST_BYTES", 1000)
    (tmp_path / "in").write_bytes(as_json([samples.chatgpt()]))
    with pytest.raises(UserError) as refused:
        one.import_(tmp_path / "in")
    assert refused.value.code is ErrorCode.IMPORT_TOO_LARGE
    assert limits.MOST_BYTES > 1000


def test_the_training_layout_is_read_back(archives, tmp_path):
    one, _ = archives
    one.archive.add_archived(replace(chat(), folder=""))
    one.export(tmp_path / "a", Format.TRAINING)
    (value,) = json.loads((tmp_path / "a").read_bytes())
    (turn,) = dialogue_from(value).turns
    assert (turn.question, turn.thoughts, turn.answer) == (
        "1+1?",
        "算一下",
        "**2**, _surely_",
    )
    assert turn.results.startswith("\nCalculate(\"1+1\") => '2'\n")
