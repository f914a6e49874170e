"""What tools did: the records of the log."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.tools import ToolFailure


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One command that a tool ran, or that did not come to run.

    Attributes:
        when: When it began, in UTC.
        tool: The tool's name; empty where none could be asked.
        command: As the model wrote it.
        failure: Why it came to nothing; None when it did not.
        seconds: How long it took.
    """

    when: datetime
    tool: str
    command: str
    failure: ToolFailure | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One network request of a tool.

    Attributes:
        when: When it began, in UTC.
        tool: The tool's name.
        host: Whom it went to.
        purpose: What for.
        size: Bytes sent and received, as far as the tool counted them.
        outcome: How it ended; empty while it is on its way, or where the tool was
            ended before.
        seconds: How long it took.
    """

    when: datetime
    tool: str
    host: str
    purpose: str
    size: int = 0
    outcome: str = ""
    seconds: float = 0.0
