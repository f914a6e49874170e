"""Search through a SearXNG server of the user's (its JSON interface).

The server must allow the format `json` in its `settings.yml`; see
https://docs.searxng.org/dev/search_api.html.
"""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from app.domain.errors import UserError
from app.domain.sources import MOST_SNIPPETS
from app.plugins.api import Result, Run, Setup, Source, Tool, ToolError, ToolFailure
from app.plugins.search import http
from app.plugins.search.needs import SearxngSettings, read, searxng_server
from app.plugins.search.texts import plain, shortened

_PAGES: Final = ("https://", "http://")


class SearxngSearch:
    """Answers Search from one server.

    Args:
        setup: Which one.
    """

    tool = Tool.SEARCH

    def __init__(self, setup: Setup) -> None:
        self._server = searxng_server(read(SearxngSettings, setup.values))

    def prepare(self) -> None:
        """Nothing is slow here."""

    def run(self, argument: str, run: Run) -> Result:
        """Answers one command.

        Raises:
            ToolError: Nothing was found, or the server cannot be asked.
        """
        server = self._server
        if server is None:
            raise ToolError(ToolFailure.MISSING)
        question = urlencode({"q": argument, "format": "json"})
        path = f"{server.path}/search?{question}"
        with run.network(server.authority, "search results for MOSS") as traffic:
            try:
                body = http.get(server, path, traffic=traffic)
            except UserError as error:
                raise ToolError(ToolFailure.UNREACHABLE, error.detail) from error
        sources = tuple(_sources(_parsed(body, server.authority), server.address))
        if not sources:
            raise ToolError(ToolFailure.NOTHING_FOUND)
        return Result(sources=sources[:MOST_SNIPPETS])


def _parsed(body: bytes, server: str) -> dict[str, object]:
    """The answer.

    Raises:
        ToolError: It is none.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ToolError(ToolFailure.UNREACHABLE, f"{server}: no JSON") from error
    return answer if isinstance(answer, dict) else {}


def _sources(answer: dict[str, object], server: str) -> Iterator[Source]:
    """What can be used of an answer; entries of other forms are left out."""
    for entry in _entries(answer, "answers"):
        # Until 2024 an answer was a string.
        fields = entry if isinstance(entry, dict) else {"answer": entry}
        text = plain(fields.get("answer"))
        if text:
            location = _page(fields.get("url")) or server
            yield Source(text[:80], location, shortened(text), answer=True)
    for entry in _entries(answer, "results"):
        if not isinstance(entry, dict):
            continue
        title, text = plain(entry.get("title")), plain(entry.get("content"))
        location = _page(entry.get("url"))
        if location and (text or title):
            yield Source(title or location, location, shortened(text or title))


def _entries(answer: dict[str, object], name: str) -> list[object]:
    entries = answer.get(name)
    return entries if isinstance(entries, list) else []


def _page(address: object) -> str:
    """A web page's address; empty for anything else."""
    page = isinstance(address, str) and address.lower().startswith(_PAGES)
    return str(address) if page else ""
