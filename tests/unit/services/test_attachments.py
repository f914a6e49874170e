"""Files of messages that are being written, with hands to play the reader."""

import pytest

from app.domain.attachments import Attachment
from app.domain.errors import ErrorCode, UserError
from app.plugins.documents.values import Problem
from app.services.attachment_words import is_picture, problem_phrase
from app.services.attachments import AttachmentService


class Reader:
    def __init__(self):
        self.paths = []
        self.cancelled = 0

    def read(self, path):
        self.paths.append(path)

    def cancel(self):
        self.cancelled += 1


class Archive:
    def __init__(self):
        self.kept = {}
        self.error = None

    def load(self, conversation_id=""):
        if self.error:
            raise self.error
        return self.kept.get(conversation_id, ())

    def save(self, conversation_id, attachments):
        if self.error:
            raise self.error
        self.kept[conversation_id] = attachments


class Bench:
    def __init__(self):
        self.reader, self.archive = Reader(), Archive()
        self.said, self.errors, self.changes = [], [], 0
        self.service = AttachmentService(
            self.reader,
            self.archive,
            changed=self.count,
            noted=lambda phrase: self.said.append(phrase.english),
            failed=self.errors.append,
        )
        self.service.show("")

    def count(self):
        self.changes += 1

    def names(self):
        return [(e.name, e.attachment is not None) for e in self.service.enclosures]


@pytest.fixture
def bench():
    return Bench()


def test_files_are_read_one_after_the_other(bench):
    bench.service.add_files(["/家/a.txt", "/b.pdf"])
    assert bench.reader.paths == ["/家/a.txt"]
    assert bench.names() == [("a.txt", False), ("b.pdf", False)]
    bench.service.file_read("Milk", None)
    assert bench.reader.paths == ["/家/a.txt", "/b.pdf"]
    assert bench.names() == [("a.txt", True), ("b.pdf", False)]
    bench.service.file_read("Bread", Problem.PARTLY_DAMAGED)
    assert bench.said == [
        "Some pages of “b.pdf” are damaged; the others were attached."
    ]
    both = (Attachment("a.txt", "Milk"), Attachment("b.pdf", "Bread"))
    assert bench.service.attachments == both
    assert bench.archive.kept == {"": both}


@pytest.mark.parametrize("problem", set(Problem) - {Problem.PARTLY_DAMAGED})
def test_a_file_that_cannot_be_read_is_said_and_gone(bench, problem):
    bench.service.add_files(["/a.txt", "/b.txt"])
    bench.service.file_read("", problem)
    assert bench.said == [problem_phrase("a.txt", problem).english]
    assert "“a.txt” was not attached: " in bench.said[0]
    assert bench.names() == [("b.txt", False)]
    assert bench.reader.paths == ["/a.txt", "/b.txt"]


def test_pictures_and_odd_names_are_refused_unread(bench):
    bench.service.add_files(["/家.PNG", "/caf\udce9.txt"])
    assert bench.reader.paths == []
    assert bench.said[0] == "“家.PNG” is a picture. The model reads only text."
    assert "not Unicode" in bench.said[1]
    assert not is_picture("/png")


def test_what_is_removed_while_it_is_read_never_comes(bench):
    bench.service.add_files(["/a.txt", "/b.txt", "/c.txt"])
    first, second, third = bench.service.enclosures
    bench.service.remove(second.key)
    assert bench.reader.cancelled == 0
    bench.service.remove(first.key)
    assert bench.reader.cancelled == 1
    assert bench.reader.paths == ["/a.txt", "/c.txt"]
    bench.service.file_read("C", None)
    assert bench.service.attachments == (Attachment("c.txt", "C"),)
    bench.service.remove(third.key)
    assert bench.archive.kept[""] == ()
    bench.service.file_read("late", None)
    assert bench.names() == []


def test_a_file_goes_along_once(bench):
    bench.service.add_files(["/a.txt", "/b/a.txt", "/c/a.txt"])
    bench.service.file_read("Milk", None)
    bench.service.file_read("Milk", None)
    bench.service.file_read("Bread", None)
    assert [each.text for each in bench.service.attachments] == ["Milk", "Bread"]
    assert bench.said == []


def test_a_file_stays_with_its_chat(bench):
    bench.service.add_files(["/a.txt"])
    bench.service.show("other")
    assert bench.names() == []
    bench.service.add_text("Note", "\nHello\n")
    bench.service.file_read("Milk", None)
    assert bench.service.attachments == (Attachment("Note", "Hello"),)
    bench.service.show("")
    assert bench.service.attachments == (Attachment("a.txt", "Milk"),)
    bench.service.show("other")
    assert bench.service.attachments == (Attachment("Note", "Hello"),)


def test_what_was_sent_is_no_draft_any_more(bench):
    bench.service.add_text("Note", "Hello")
    bench.service.add_text("Nothing", " \n")
    bench.service.sent()
    assert bench.names() == []
    assert bench.archive.kept == {"": ()}


def test_a_part_takes_the_place_of_the_whole(bench):
    bench.service.add_text("Note", "Hello you")
    key = bench.service.enclosures[0].key
    bench.service.put(key, Attachment("Note", "Hello", 9))
    assert bench.archive.kept[""][0].is_part
    assert bench.service.enclosures[0].key == key


def test_an_archive_that_cannot_keep_them_is_said(bench):
    bench.archive.error = UserError(ErrorCode.DISK_FULL)
    bench.service.add_text("Note", "Hello")
    assert bench.errors == [bench.archive.error]
    assert bench.names() == [("Note", True)]
    bench.service.show("other")
    assert bench.names() == []


def test_another_archive_has_other_drafts(bench):
    bench.service.add_files(["/a.txt"])
    bench.archive.kept = {"": (Attachment("old.txt", "x"),)}
    bench.service.forget()
    bench.service.show("")
    assert bench.reader.cancelled == 1
    assert bench.names() == [("old.txt", True)]
