"""Search in documents: sources, failures, and documents that want to be more."""

import re

import pytest

from app.domain import moss
from app.domain.moss import Label, Turn
from app.domain.tools import Command, Tool, ToolCall, ToolState, results_field
from app.plugins.api import Setup, ToolError, ToolFailure
from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.passages import passages
from app.plugins.documents.values import Block
from app.plugins.search.documents import DocumentSearch
from app.plugins.search.needs import INDEX, has_folders
from tests.fakes.injections import injections
from tests.fakes.tool_run import FakeRun

MARKS = (
    *("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>", "<|endoftext|>"),
    *("<|Human|>:", "<|MOSS|>:", "<|Inner Thoughts|>:", "<|Commands|>:"),
    *("<|Results|>:", "<|1|>:"),
)
QUIET = "A harmless text."


def keep(data, texts):
    with DocumentIndex.open(data / INDEX) as index:
        for number, text in enumerate(texts):
            state = FileState(f"/papers/{number}.txt", 1, 1)
            index.put(state, passages([Block(text, line=1)]), f"paper {number}")
        index.commit()


def search(data, question):
    run = FakeRun()
    result = DocumentSearch(Setup(data=data)).run(question, run)
    assert run.requests == []
    return result.sources


def test_sources_say_where_they_are(tmp_path):
    keep(tmp_path, ["The zebra is striped.", "The okapi is shy."])
    (source,) = search(tmp_path, "What is striped?")
    assert source.title == "0.txt"
    assert source.location == "/papers/0.txt"
    assert source.text == "The zebra is striped."
    assert (source.page, source.line, source.heading) == (0, 1, "")


def test_nothing_found_and_no_index(tmp_path):
    for failure in (ToolFailure.MISSING, ToolFailure.NOTHING_FOUND):
        for question in ("yeti", "", "?!", '"', "的", "OR NOT AND *"):
            with pytest.raises(ToolError) as caught:
                search(tmp_path, question)
            assert caught.value.failure is failure
        keep(tmp_path, ["The zebra is striped."])


def test_a_damaged_index_is_no_fault_of_the_tool(tmp_path):
    (tmp_path / INDEX).write_bytes(b"x" * 5000)
    with pytest.raises(ToolError) as caught:
        search(tmp_path, "zebra")
    assert caught.value.failure is ToolFailure.MISSING


def test_it_needs_a_folder():
    assert not has_folders({})
    assert not has_folders({"folders": "no list"})
    assert has_folders({"folders": ["/a"]})


def prompt(sources):
    """Stage two of a turn whose search found these."""
    command = Command(Tool.SEARCH, "traps")
    calls = (ToolCall(command, ToolState.DONE, sources=sources),)
    turn = Turn(
        "Look for traps.",
        thoughts="I look for them.",
        commands=command.text(),
        results=results_field(calls),
    )
    return moss.stage_two((), turn, {Tool.SEARCH})


def boundaries(segments):
    """All that divides a prompt, the text between left out."""
    divides = re.compile("|".join(map(re.escape, {*Label, *MARKS})))
    found = []
    for segment in segments:
        marks = [segment.text] if segment.control else divides.findall(segment.text)
        found += [(segment.control, mark) for mark in marks]
    return found


def test_a_hundred_documents_change_no_field_boundary(tmp_path):
    texts = injections(MARKS)
    assert len(texts) >= 100
    papers = [f"Quagga{n} begins. {text} And it ends." for n, text in enumerate(texts)]
    keep(tmp_path, [f"Quagga. {QUIET}", *papers])
    (calm,) = search(tmp_path, "quagga")
    expected = boundaries(prompt((calm,)))
    assert expected.count((False, "<|Results|>:")) == 1
    for number in range(len(texts)):
        sources = search(tmp_path, f"What is quagga{number}?")
        (source,) = (each for each in sources if f"Quagga{number} " in each.text)
        assert boundaries(prompt((source,))) == expected, source.text
