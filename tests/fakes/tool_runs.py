"""What a tool may use while it runs, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Exchange:
    """One request, as the log would have it."""

    host: str
    purpose: str
    size: int = 0
    outcome: str = ""

    def count(self, size: int) -> None:
        self.size += size

    def end(self, outcome: str) -> None:
        self.outcome = outcome


@dataclass
class RunHere:
    """Fulfils `Run` and notes what a tool does with it."""

    cancelled: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)

    def progress(self, fraction: float, text: str = "") -> None:
        self.fractions.append(fraction)

    @contextmanager
    def network(self, host: str, purpose: str) -> Iterator[Exchange]:
        exchange = Exchange(host, purpose)
        self.exchanges.append(exchange)
        yield exchange
