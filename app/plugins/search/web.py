"""Search on the web through the `ddgs` package, an extra.

It reads a search engine's pages for people, with a native library of its own, so that
its connections are announced here but cannot be counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from app.domain.sources import MOST_SNIPPETS
from app.plugins.api import Result, Run, Setup, Source, Tool, ToolError, ToolFailure
from app.plugins.search.needs import can_search_web
from app.plugins.search.texts import plain, shortened

ENGINE: Final = "duckduckgo"
HOST: Final = "html.duckduckgo.com"
_REGION: Final = "wt-wt"
"""No region: the engine goes by the language of the question."""
_SECONDS: Final = 15
_PAGES: Final = ("https://", "http://")


class WebSearch:
    """Answers Search from one search engine."""

    tool = Tool.SEARCH

    def __init__(self, _setup: Setup) -> None:
        """Takes no settings."""

    def prepare(self) -> None:
        """Imports the package where it is installed; 0.3 s."""
        if can_search_web():
            import ddgs  # noqa: F401, PLC0415

    def run(self, argument: str, run: Run) -> Result:
        """Answers one command.

        Raises:
            ToolError: Nothing was found, or the engine cannot be asked.
        """
        if not can_search_web():
            raise ToolError(ToolFailure.MISSING, "ddgs")
        from ddgs import DDGS  # noqa: PLC0415
        from ddgs.engines import ENGINES  # noqa: PLC0415
        from ddgs.exceptions import DDGSException  # noqa: PLC0415

        if ENGINE not in ENGINES["text"]:
            # It would ask all the others that it knows instead.
            raise ToolError(ToolFailure.MISSING, ENGINE)
        with run.network(HOST, "search results for MOSS") as traffic:
            try:
                found = DDGS(timeout=_SECONDS).text(
                    argument,
                    region=_REGION,
                    backend=ENGINE,
                    max_results=2 * MOST_SNIPPETS,
                )
            except DDGSException as error:
                traffic.end(type(error).__name__)
                if "No results" in str(error):
                    raise ToolError(ToolFailure.NOTHING_FOUND) from error
                raise ToolError(ToolFailure.UNREACHABLE, HOST) from error
        sources = tuple(_sources(found))
        if not sources:
            raise ToolError(ToolFailure.NOTHING_FOUND)
        return Result(sources=sources[:MOST_SNIPPETS])


def _sources(found: Iterable[Mapping[str, Any]]) -> Iterator[Source]:
    for entry in found:
        title, text = plain(entry.get("title")), plain(entry.get("body"))
        location = str(entry.get("href", ""))
        if location.startswith(_PAGES) and (text or title):
            yield Source(title or location, location, shortened(text or title))
