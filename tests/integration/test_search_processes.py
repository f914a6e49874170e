"""Searches in the processes they run in, with the gate that watches connections."""

from app.domain.tools import Command, Tool, ToolFailure, ToolState
from app.plugins.client import ToolClient
from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.values import Passage, Place
from app.plugins.kinds import Kind, command_line
from app.plugins.messages import Prepare, Requested
from app.plugins.search.needs import DOCUMENTS, INDEX, SEARXNG, WIKIPEDIA
from tests.fakes.http_server import ScriptedServer

RESULTS = {"results": [{"title": "T", "url": "https://a.example/", "content": "Moss."}]}


def test_a_server_is_asked_and_the_request_is_logged(tmp_path):
    notes = []
    with ScriptedServer({"/search": lambda a: a.json(RESULTS)}) as server:
        prepare = Prepare({SEARXNG: {"address": server.address}}, str(tmp_path))
        with ToolClient(
            command_line(Kind.WEB), prepare=prepare, note=notes.append
        ) as client:
            call = client.run(Command(Tool.SEARCH, "moss"), 20, name=SEARXNG)
    assert call.state is ToolState.DONE
    assert [source.text for source in call.sources] == ["Moss."]
    first, last = (note for note in notes if isinstance(note, Requested))
    assert (first.host, first.outcome) == (f"127.0.0.1:{server.port}", "")
    assert (last.outcome, last.number) == ("HTTP 200", 1)
    assert last.size > 50


def test_documents_are_searched_while_they_are_indexed(tmp_path):
    folder = tmp_path / DOCUMENTS
    with (
        DocumentIndex.open(folder / INDEX) as index,
        ToolClient(
            command_line(Kind.SEARCH), prepare=Prepare({}, str(tmp_path))
        ) as client,
    ):

        def ask(name=DOCUMENTS):
            return client.run(Command(Tool.SEARCH, "zebra"), 20, name=name)

        assert ask().reason is ToolFailure.NOTHING_FOUND
        passage = Passage("A zebra.", Place(page=3))
        index.put(FileState("/a.pdf", 1, 1), [passage], "a")
        assert ask().reason is ToolFailure.NOTHING_FOUND
        index.commit()
        (source,) = ask().sources
        assert (source.text, source.page) == ("A zebra.", 3)
        assert ask(WIKIPEDIA).reason is ToolFailure.NOTHING_FOUND
