"""How files stand in a prompt, and where they are cut."""

import re

import pytest
from hypothesis import given, strategies as st

from app.domain.attachments import Attachment, beginning, plain_name, written

BLOCK = re.compile(
    r"(?P<head>[^\n]*):\n(?P<fence>`{3,})\n(?P<text>.*?)\n(?P=fence)", re.DOTALL
)


def test_files_stand_in_front_of_the_question():
    files = [Attachment("a.txt", "Milk, bread.\n"), Attachment("b.py", "\nx = 1\n\n")]
    assert written("What do I buy?", files) == (
        "a.txt:\n```\nMilk, bread.\n```\n\nb.py:\n```\nx = 1\n```\n\nWhat do I buy?"
    )
    assert written("Hello", ()) == "Hello"
    assert written("", files[:1]) == "a.txt:\n```\nMilk, bread.\n```"


def test_a_part_says_how_much_it_is():
    whole = Attachment("a.txt", "One. Two. Three.")
    part = beginning(whole, 11)
    assert (part.text, part.size, part.is_part) == ("One. Two.", 16, True)
    assert written("", [part]).startswith(
        "a.txt (the first 9 of 16 characters):\n```\nOne. Two.\n```"
    )
    assert beginning(whole, 16) == whole
    assert not whole.is_part
    assert beginning(part, 5) == Attachment("a.txt", "One.", 16)


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("Erstens.\n\nZweitens. Und mehr.", 14, "Erstens.\n\nZwei"),
        ("Zehn Wörter stehen hier.\n\nZweitens.", 29, "Zehn Wörter stehen hier."),
        ("一二三四五六七八。九十", 10, "一二三四五六七八。"),
        ("x" * 100, 10, "x" * 10),
        ("x" * 100, 0, ""),
        ("x" * 100, -7, ""),
    ],
)
def test_a_cut_is_made_where_something_ends_near_by(text, most, kept):
    assert beginning(Attachment("n", text), most).text == kept


@given(st.text(alphabet="`a\n~ <eoh>"), st.text(alphabet="`b\n"))
def test_a_block_ends_where_the_text_ends(text, question):
    found = BLOCK.match(written(question, [Attachment("n", text)]))
    assert found is not None
    assert found["text"] == text.strip("\n")
    rest = written(question, [Attachment("n", text)])[found.end() :]
    assert rest == (f"\n\n{question}" if question else "")


@given(st.text())
def test_a_name_is_one_line(name):
    plain = plain_name(name)
    assert plain.isprintable()
    assert len(plain) <= 200
    assert plain_name(plain) == plain
