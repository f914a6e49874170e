"""The marks in an answer, however they are written and however they arrive."""

import pytest
from hypothesis import given, strategies as st

from app.domain.moss.citations import Citation, CitationParser, parts

FORMS = [
    ("<sup><|1|></sup>", (1,)),
    ("<sup>2</sup>", (2,)),
    ("<sup>|1|</sup>", (1,)),
    ("<sup><|1|><|3|></sup>", (1, 3)),
    ("<sup><|2|>, <|3|></sup>", (2, 3)),
    ("<sup><|2|>，<|3|></sup>", (2, 3)),
    ("<sup>1, 2</sup>", (1, 2)),
    ("<sup> <|12|> </sup>", (12,)),
    ("<sup><|3|><|3|></sup>", (3,)),
    ("<sup>0</sup>", (0,)),
    ("<sup>9999</sup>", (9999,)),
]


@pytest.mark.parametrize(("mark", "numbers"), FORMS)
def test_every_form(mark, numbers):
    assert parts(f"a{mark}。{mark}") == [
        "a",
        Citation(mark, numbers),
        "。",
        Citation(mark, numbers),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<sup></sup>",
        "<sup>n</sup>",
        "<sup>2n</sup>",
        "<sup>,</sup>",
        "<sup>1",
        "<|1|>",
        "<sub>1</sub>",
        "<sup>1234 56789" * 9,
        "<sup>" + "1," * 100 + "</sup>",
        "<sup>1</su",
        "<<sup",
    ],
)
def test_what_cites_nothing(text):
    assert "".join(parts(text)) == text


def test_numbers_that_do_not_exist():
    assert Citation("", (0, 1, 3, 4)).among(3) == (1, 3)
    assert Citation("", (1,)).among(0) == ()


MARKS = [mark for mark, _ in FORMS]
pieces = st.lists(st.sampled_from([*MARKS, "<sup>", "</sup>", "<", "1", "|", "a"]))


@given(pieces.map("".join), st.lists(st.integers(1, 9), min_size=1))
def test_as_it_arrives(text, sizes):
    parser, found, position = CitationParser(), [], 0
    while position < len(text):
        size = sizes[position % len(sizes)]
        found += parser.text(text[position : position + size])
        position += size
    found += parser.finish()
    merged = []
    for part in found:
        if merged and isinstance(part, str) and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    assert merged == parts(text)


def test_text_is_not_held_back_longer_than_needed():
    parser = CitationParser()
    assert parser.text("a <") == ["a "]
    assert parser.text("b") == ["<b"]
    assert parser.text("<sup><|1|") == []
    assert parser.text("x") == ["<sup><|1|x"]
    assert parser.text("<sup>" + "1," * 200) == ["<sup>" + "1," * 200]
