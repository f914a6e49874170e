"""The whole text of a file, for a message to go along with."""

import os

import pytest

from app.plugins.documents import whole
from app.plugins.documents.reader import read
from app.plugins.documents.reader_messages import Done, Read, Text
from app.plugins.documents.values import Problem, UnreadableError
from app.plugins.documents.whole import whole_text
from tests.fakes.document_files import write_docx, write_epub, write_pdf

SOURCE = "def f(x):\n    return x\n\n\n\n\tif x:\n\t\tpass\n"


def text_of(path):
    return "".join(whole_text(path))


def problem_of(path):
    with pytest.raises(UnreadableError) as caught:
        text_of(path)
    return caught.value.problem


@pytest.mark.parametrize("name", ["a.py", "a.md", "Makefile", "家.unknown", ".env"])
def test_text_stays_as_it_is_whatever_it_is_called(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(SOURCE.replace("\n", "\r\n").encode("utf-16"))
    assert text_of(path) == SOURCE


def test_what_nobody_sees_is_left_out(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a  \x1b[1mb\x07\f\tc \t\n")
    assert text_of(path) == "a  [1mb\n\tc\n"


def test_documents_are_their_blocks(tmp_path):
    docx = write_docx(tmp_path / "a.docx", ["# Head", "One.", "a\tb"])
    assert text_of(docx) == "# Head\n\nOne.\n\na | b"
    epub = write_epub(tmp_path / "a.epub", {"Zwei": ["b < c"]})
    assert text_of(epub) == "# Zwei\n\nb < c"
    pdf = write_pdf(tmp_path / "a.pdf", ["The first page.", "第二页。"])
    assert text_of(pdf) == "The first page.\n\n第二页。"
    html = tmp_path / "a.html"
    html.write_text("<h2>Head</h2><script>no()</script><p>One &lt;\n\n\n\n\ntwo</p>")
    assert text_of(html) == "## Head\n\nOne <\n\ntwo"


def test_what_is_no_text(tmp_path):
    (tmp_path / "a.exe").write_bytes(b"MZ\0\0" * 100)
    (tmp_path / "a.txt").write_text(" \n\n ")
    (tmp_path / "a.docx").write_bytes(b"PK\3\4 not much of one")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert problem_of(tmp_path / "a.exe") is Problem.NOT_TEXT
    assert problem_of(tmp_path / "a.txt") is Problem.NO_TEXT
    assert problem_of(tmp_path / "a.docx") is Problem.DAMAGED
    assert problem_of(tmp_path / "folder") is Problem.NOT_ALLOWED
    assert problem_of(tmp_path / "pipe") is Problem.NOT_ALLOWED
    assert problem_of(tmp_path / "gone") is Problem.NOT_ALLOWED


def test_more_than_any_model_reads_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(whole, "ATTACHED_CHARACTERS", 1000)
    path = tmp_path / "a.txt"
    path.write_text("x" * 1000)
    assert len(text_of(path)) == 1000
    path.write_text("x" * 1001)
    assert problem_of(path) is Problem.TOO_LARGE


def test_the_reader_hands_it_on_in_pieces(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x" * 250_000)
    said = []
    assert read(Read(str(path), whole=True), said.append, cpu_seconds=60)
    assert [type(message) for message in said] == [Text, Text, Text, Done]
    assert "".join(message.text for message in said[:-1]) == "x" * 250_000
    assert said[-1] == Done()
    said.clear()
    assert read(Read(str(tmp_path), whole=True), said.append, cpu_seconds=60)
    assert [message.problem for message in said] == [Problem.NOT_ALLOWED]
