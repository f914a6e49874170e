"""Search in the user's documents: asks the index that the indexer writes."""

from pathlib import Path

from app.domain.errors import UserError
from app.domain.sources import MOST_SNIPPETS
from app.plugins.api import Result, Run, Setup, Source, Tool, ToolError, ToolFailure
from app.plugins.documents import database
from app.plugins.documents.database import DamagedIndexError
from app.plugins.documents.ranking import Found, answers
from app.plugins.search.needs import INDEX


class DocumentSearch:
    """Answers Search from the index.

    Args:
        setup: Where the index is.
    """

    tool = Tool.SEARCH

    def __init__(self, setup: Setup) -> None:
        self._index = setup.data / INDEX

    def prepare(self) -> None:
        """Nothing is slow here."""

    def run(self, argument: str, run: Run) -> Result:  # noqa: ARG002 -- the surface
        """Answers one command.

        Raises:
            ToolError: Nothing was found, or there is no index yet.
        """
        if not self._index.exists():
            raise ToolError(ToolFailure.MISSING)
        try:
            with database.open_for_reading(self._index) as index:
                found = answers(index, argument, MOST_SNIPPETS)
        except DamagedIndexError as error:
            # The indexer makes it again when it looks at it next.
            raise ToolError(ToolFailure.MISSING, str(error)) from error
        except UserError as error:
            raise ToolError(ToolFailure.UNAVAILABLE, error.detail) from error
        if not found:
            raise ToolError(ToolFailure.NOTHING_FOUND)
        return Result(sources=tuple(map(_source, found)))


def _source(found: Found) -> Source:
    return Source(
        title=Path(found.path).name,
        location=found.path,
        text=found.snippet,
        page=found.place.page,
        line=found.place.line,
        heading=found.place.heading,
    )
