"""What running tools needs: who may run, where, and the log of what they did."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.activity import CallRecord, RequestRecord
from app.domain.errors import UserError
from app.domain.permissions import Permission
from app.domain.tools import ToolCall
from app.plugins.manager import ToolManager
from app.plugins.messages import Requested
from app.services.links import Clock, ToolJournal, ToolLink


@dataclass(slots=True)
class ToolDesk:
    """Where commands are handed in.

    Attributes:
        manager: Which tools there are, and what the user decided of them.
        link: Where they run.
        journal: Keeps what they did.
        clock: Tells the time, in UTC.
        allow: Keeps a decision of the user about a tool; may raise `UserError`.
        failed: Is told when the journal cannot be written.
    """

    manager: ToolManager
    link: ToolLink
    journal: ToolJournal
    clock: Clock
    allow: Callable[[str, Permission], None]
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
