"""Search in ZIM files, such as Wikipedia's from https://library.kiwix.org.

libzim finds articles by its own full-text index, or by title in a file without one;
their passages are ranked as those of documents are. The library is GPL-3, so it is an
extra that the user installs, and it is imported in this process only.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.sources import MOST_SNIPPETS, merged
from app.plugins.api import Result, Run, Setup, Source, Tool, ToolError, ToolFailure
from app.plugins.documents import database
from app.plugins.documents.analysis import terms
from app.plugins.documents.formats.html_text import html_blocks
from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.passages import passages
from app.plugins.documents.ranking import answers
from app.plugins.search.needs import WikipediaSettings, read

if TYPE_CHECKING:
    from libzim.reader import Archive, Item

_ARTICLES: Final = 6
_TERMS: Final = 8
_ARTICLE_BYTES: Final = 4 * 1024 * 1024


class WikipediaSearch:
    """Answers Search from ZIM files.

    Args:
        setup: Which files.
    """

    tool = Tool.SEARCH

    def __init__(self, setup: Setup) -> None:
        self._files = read(WikipediaSettings, setup.values).files
        self._archives: dict[str, Archive] = {}

    def prepare(self) -> None:
        """Imports the library and opens the files, if any are chosen.

        Raises:
            ToolError: The library or a file is missing.
        """
        if not self._files:
            return
        try:
            from libzim.reader import Archive  # noqa: PLC0415
        except ImportError as error:
            raise ToolError(ToolFailure.MISSING, "libzim") from error
        for name in self._files:
            if name not in self._archives:
                try:
                    self._archives[name] = Archive(Path(name))
                except RuntimeError as error:
                    raise ToolError(ToolFailure.MISSING, Path(name).name) from error

    def run(self, argument: str, run: Run) -> Result:
        """Answers one command.

        Raises:
            ToolError: Nothing was found.
        """
        found = [
            _passages(archive, name, argument)
            for name, archive in self._archives.items()
            if not run.cancelled
        ]
        sources = merged(found)[:MOST_SNIPPETS]
        if not sources:
            raise ToolError(ToolFailure.NOTHING_FOUND)
        return Result(sources=sources)


def _passages(archive: "Archive", name: str, question: str) -> tuple[Source, ...]:
    """The best passages of the articles that libzim finds in one file."""
    titles: dict[str, str] = {}
    with database.in_memory() as memory:
        index = DocumentIndex(memory)
        for item in _articles(archive, question):
            titles[item.path] = item.title
            blocks = html_blocks(bytes(item.content).decode("utf-8", "replace"))
            state = FileState(item.path, item.size, 0)
            index.put(state, passages(blocks), item.title)
        index.commit()
        found = answers(memory, question, MOST_SNIPPETS)
    return tuple(
        Source(
            title=titles[each.path],
            location=name,
            text=each.snippet,
            heading=each.place.heading,
        )
        for each in found
    )


def _articles(archive: "Archive", question: str) -> Iterator["Item"]:
    """The articles that may answer a question, likely ones first."""
    seen: set[str] = set()
    for path in _paths(archive, question):
        if path in seen:
            continue
        if len(seen) == _ARTICLES:
            return
        seen.add(path)
        item = archive.get_entry_by_path(path).get_item()
        if "html" in item.mimetype and item.size <= _ARTICLE_BYTES:
            yield item


def _paths(archive: "Archive", question: str) -> Iterator[str]:
    from libzim.search import Query, Searcher  # noqa: PLC0415
    from libzim.suggestion import SuggestionSearcher  # noqa: PLC0415

    if not archive.has_fulltext_index:
        titles = SuggestionSearcher(archive).suggest(question)
        yield from titles.getResults(0, _ARTICLES)
        return
    searcher = Searcher(archive)
    for words in _wordings(terms(question)[:_TERMS]):
        query = Query().set_query(" ".join(words))
        yield from searcher.search(query).getResults(0, _ARTICLES)


def _wordings(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """What to search for until enough is found: libzim wants all words in an article.

    All words, all but one of them, and each alone.
    """
    yield words
    fewer = len(words) - 1
    if fewer:
        yield from combinations(words, fewer)
    if fewer > 1:
        yield from ((word,) for word in words)
