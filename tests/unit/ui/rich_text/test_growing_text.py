"""A document that grows is the document that is written at once."""

import random

import pytest
from PySide6.QtGui import QFont, QPalette, QTextBlockFormat, QTextDocument

from app.ui.rich_text import growing_text
from app.ui.rich_text.growing_text import GrowingText
from app.ui.rich_text.styles import Styles
from app.ui.rich_text.writer import DocumentWriter
from tests.unit.ui.rich_text.test_markdown import TEXT

RICH = (
    TEXT
    + """
---

Then **bold**, *it*, `code`, 2*3*4, [link](https://example.org) <sup><|1|></sup>.

1. first

   ```sh
   ls
   ```
2. > quoted in a list
3. third

| x |
|---|
| `y` |

End
===
"""
)


def written(pieces):
    document = QTextDocument()
    styles = Styles.of(QFont(), QPalette())
    writer = DocumentWriter(document, styles, None)
    text = GrowingText(writer)
    for piece in pieces:
        text.append(piece)
    text.finish()
    return document, writer


def languages(writer):
    return [code.language for code in writer.codes]


def code_of(writer):
    """The text of each block of code, line by line."""
    found = []
    for code in writer.codes:
        lines, block = [code.first.text()], code.first
        while block != code.last:
            block = block.next()
            lines.append(block.text())
        found.append(lines)
    return found


def dump(document):
    """Everything that can be seen: text, formats of blocks and of their pieces."""
    found = []
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        # Which of the document's lists it is: a number for Qt alone.
        form.setObjectIndex(-1)
        mark = block.textList().format() if block.textList() else None
        pieces = []
        iterator = block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            pieces.append((fragment.text(), fragment.charFormat()))
            iterator += 1
        found.append((block.text(), form, mark and mark.start(), pieces))
        block = block.next()
    return found


@pytest.mark.parametrize("seed", range(25))
def test_pieces_make_the_same_document_as_the_whole(qapp, seed):
    pick = random.Random(seed)
    pieces, at = [], 0
    while at < len(RICH):
        end = at + pick.randint(1, 12)
        pieces.append(RICH[at:end])
        at = end
    grown, writer = written(pieces)
    whole, once = written([RICH])
    assert dump(grown) == dump(whole)
    assert languages(writer) == languages(once) == ["python", "sh"]
    assert code_of(writer) == code_of(once)
    assert code_of(once)[1] == ["ls"]


def test_what_is_finished_is_not_written_again(qapp, monkeypatch):
    seen = []
    original = DocumentWriter.write
    monkeypatch.setattr(
        DocumentWriter, "write", lambda self, unit: seen.append(original(self, unit))
    )
    paragraphs = "".join(f"Paragraph {number}.\n\n" for number in range(200))
    written(paragraphs[at : at + 5] for at in range(0, len(paragraphs), 5))
    # Each piece writes the last unit again, and one that is new.
    assert len(seen) <= 2 * len(paragraphs) // 5 + 200


def test_a_long_open_block_of_code_grows_without_being_written_again(qapp, monkeypatch):
    calls = []
    original = DocumentWriter.write
    monkeypatch.setattr(
        DocumentWriter, "write", lambda self, unit: calls.append(original(self, unit))
    )
    lines = [f"value_{number} = {number}\n" for number in range(600)]
    document, writer = written(["```python\n", *lines])
    written_again = len(calls)
    code = "".join(lines)
    assert document.toPlainText() == code.removesuffix("\n")
    short = sum(1 for n in range(600) if len("".join(lines[:n])) <= 4000)
    assert written_again <= short + 4
    assert code_of(writer) == [code.splitlines()]


def test_a_long_paragraph_grows_and_is_right_in_the_end(qapp, monkeypatch):
    monkeypatch.setattr(growing_text, "_LONG", 50)
    words = "some **bold** words and `code` " * 10
    grown, _ = written(words[at : at + 7] for at in range(0, len(words), 7))
    whole, _ = written([words])
    assert dump(grown) == dump(whole)


def test_a_long_table_is_not_written_again_with_every_row(qapp, monkeypatch):
    calls = []
    original = DocumentWriter.write
    monkeypatch.setattr(
        DocumentWriter, "write", lambda self, unit: calls.append(original(self, unit))
    )
    rows = [f"| row {number} | **{number}** |\n" for number in range(400)]
    grown, _ = written(["| a | b |\n|---|---|\n", *rows])
    assert len(calls) < 200
    whole, _ = written(["".join(["| a | b |\n|---|---|\n", *rows])])
    assert dump(grown) == dump(whole)


def test_what_follows_a_long_table_can_be_read_at_once(qapp):
    document = QTextDocument()
    writer = DocumentWriter(document, Styles.of(QFont(), QPalette()), None)
    text = GrowingText(writer)
    text.append("| a |\n|---|\n")
    for _ in range(500):
        text.append("| cell |\n")
    text.append("| the last |\n")
    last = document.lastBlock()
    assert "| the last |" in last.text()
    height = QTextBlockFormat.LineHeightTypes.FixedHeight.value
    assert last.blockFormat().lineHeightType() != height


@pytest.mark.parametrize("text", ["x", "words ", "**a** ", "line\n", "[", "> a\n"])
@pytest.mark.parametrize("size", [1000, 10**6])
def test_a_paragraph_without_an_end_costs_no_more_than_its_beginning(
    qapp, monkeypatch, text, size
):
    looked_at = []
    original = growing_text.units

    def units(tail, environment):
        looked_at.append(len(tail))
        return original(tail, environment)

    monkeypatch.setattr(growing_text, "units", units)
    whole = (text * 60_000)[:60_000]
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    document, _ = written([*pieces, "\n", "\n**After** it.\n\n* item"])
    # Of what is longer than that nothing is looked at again, in the end either.
    assert max(looked_at) < 30_000
    assert sum(looked_at) < 25 * 20_000
    assert document.toPlainText().endswith("\nAfter it.\nitem")
    assert len(document.toPlainText()) > 20_000
    if text == "x":
        assert document.begin().text() == whole


def test_tables_can_be_taken_out_again(qapp):
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    grown, _ = written([table, "| 3 | 4 |\n", "\n", "after"])
    whole, _ = written([f"{table}| 3 | 4 |\n\nafter"])
    assert dump(grown) == dump(whole)
    assert grown.toPlainText().count("1") == 1
