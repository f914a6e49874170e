"""The log of what tools did: every command, every network request."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.activity import CallRecord, RequestRecord
from app.domain.errors import UserError
from app.domain.tools import ToolCall
from app.plugins.messages import Requested
from app.services.links import Clock, ToolJournal


@dataclass(slots=True, kw_only=True)
class ActivityLog:
    """Writes down what is done.

    Attributes:
        journal: Keeps it.
        clock: Tells the time, in UTC.
        failed: Is told when it cannot be kept.
    """

    journal: ToolJournal
    clock: Clock
    failed: Callable[[UserError], None]
    _open: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def note_call(self, name: str, call: ToolCall) -> None:
        """Writes down what became of a command with one tool; it ended just now."""
        record = CallRecord(
            self.clock(), name, call.command.text(), call.reason, call.seconds
        )
        self._keep(lambda: self.journal.add_call(record))

    def note_request(self, name: str, request: Requested) -> None:
        """Writes down a network request of a tool, at its beginning and its end."""
        place = (name, request.id, request.number)
        if not request.outcome:
            record = RequestRecord(self.clock(), name, request.host, request.purpose)
            self._keep(lambda: self._begin(place, record))
        elif place in self._open:
            key = self._open.pop(place)
            self._keep(
                lambda: self.journal.end_request(
                    key,
                    size=request.size,
                    outcome=request.outcome,
                    seconds=request.seconds,
                )
            )

    def _begin(self, place: tuple[str, int, int], record: RequestRecord) -> None:
        self._open[place] = self.journal.add_request(record)

    def _keep(self, write: Callable[[], None]) -> None:
        try:
            write()
        except UserError as error:
            self.failed(error)
