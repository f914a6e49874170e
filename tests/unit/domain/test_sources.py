"""What searches found, as MOSS is given it."""

import ast
import re

import pytest
from hypothesis import given as drawn, strategies as st

from app.domain.moss import Label, Marker
from app.domain.sources import Source, given, merged, neutral, snippet
from app.domain.tools import (
    NO_RESULT,
    Command,
    Reference,
    Tool,
    ToolCall,
    ToolFailure,
    ToolState,
    references,
    results_field,
)


def source(text: str, *, answer: bool = False) -> Source:
    return Source(f"title of {text}", f"/{text}", text, answer=answer)


def search(argument: str, *texts: str) -> ToolCall:
    found = tuple(map(source, texts))
    return ToolCall(Command(Tool.SEARCH, argument), ToolState.DONE, sources=found)


@pytest.mark.parametrize(("searches", "count"), [(1, 3), (2, 2), (3, 1), (4, 1)])
def test_the_more_searches_the_fewer_snippets_of_each(
    searches: int, count: int
) -> None:
    calls = [search(f"q{n}", *"abcde") for n in range(searches)]
    numbered = references(calls)
    assert [each.number for each in numbered] == list(range(1, searches * count + 1))
    texts = [each.source.text for each in numbered]
    assert texts == list("abcde"[:count]) * searches


def test_an_answer_stands_alone_where_it_can() -> None:
    found = (source("42", answer=True), source("b"), source("c"))
    assert given(found, 1) == found[:1]
    assert given(found, 2) == found[:2]
    assert given(found[1:], 1) == found[1:]
    assert given((), 1) == ()


def test_results_of_searches() -> None:
    calls = [
        search("What was Facemash?", "a 'site'", "b", "c"),
        ToolCall.failed(Command(Tool.SEARCH, "x"), ToolFailure.NOTHING_FOUND),
        search("y", "d"),
        ToolCall(Command(Tool.CALCULATE, "1+1"), ToolState.DONE, "2"),
    ]
    assert results_field(calls) == (
        '\nSearch("What was Facemash?") =>\n<|1|>: "a \'site\'"\n'
        f'Search("x") =>\n{NO_RESULT}\n'
        "Search(\"y\") =>\n<|2|>: 'd'\n"
        "Calculate(\"1+1\") => '2'\n"
    )
    assert references(calls) == (
        Reference(1, source("a 'site'")),
        Reference(2, source("d")),
    )


def test_a_snippet_is_quoted_and_short() -> None:
    assert snippet(7, source("a\n\tb'c")) == '<|7|>: "a\\n\\tb\'c"'
    assert snippet(1, source("好" * 900)) == f"<|1|>: '{'好' * 400}'"


def test_several_searches_for_the_same_are_merged() -> None:
    first = (source("a"), source("b"), source("c"))
    second = (source("d"), source("a"), source("e", answer=True))
    assert [each.text for each in merged([first, second])] == list("eadbc")
    assert merged([]) == ()
    assert merged([(), first]) == first


STRUCTURE = re.compile(r"<\||<eo[a-z]>")
hostile = st.lists(
    st.sampled_from(
        [*Marker, *Label, "<|1|>", "<|", "|>", "<", "<<", "eor>", "\n", "'"]
    )
    | st.text(max_size=4)
).map("".join)


@drawn(hostile)
def test_nothing_found_divides_a_prompt(text: str) -> None:
    assert STRUCTURE.search(neutral(text)) is None
    assert neutral(neutral(text)) == neutral(text)
    assert neutral(text).replace("< ", "<") == text.replace("< ", "<")


@drawn(st.lists(hostile, min_size=1, max_size=3))
def test_each_snippet_is_one_line_that_reads_back(texts: list[str]) -> None:
    """Whatever pages hold: as many entries as there are, each with its number."""
    _, echo, *lines, end = results_field([search("q", *texts)]).split("\n")
    assert (echo, end) == ('Search("q") =>', "")
    assert len(lines) == len(texts)
    for number, (line, text) in enumerate(zip(lines, texts, strict=True), start=1):
        head, _, quoted = line.partition(": ")
        assert head == f"<|{number}|>"
        assert STRUCTURE.search(quoted) is None
        assert ast.literal_eval(quoted) == neutral(text[:400])


@drawn(hostile, st.sampled_from([Tool.CALCULATE, Tool.SOLVE]))
def test_other_results_hold_no_structure_either(text: str, tool: Tool) -> None:
    call = ToolCall(Command(tool, "x"), ToolState.DONE, text)
    assert STRUCTURE.search(results_field([call])) is None
