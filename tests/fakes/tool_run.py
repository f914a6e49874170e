"""What a tool may use while it answers, as a test sees it."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class FakeTraffic:
    host: str
    purpose: str
    size: int = 0
    outcome: str = ""

    def count(self, size: int) -> None:
        self.size += size

    def end(self, outcome: str) -> None:
        self.outcome = outcome


@dataclass
class FakeRun:
    """Fulfils `api.Run`.

    Attributes:
        cancel_at: Cancelled from the first progress that is at least this.
        progresses: All that was reported.
        requests: All requests that were announced.
    """

    cancel_at: float = 2.0
    progresses: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    cancelling: threading.Event = field(default_factory=threading.Event)

    @property
    def cancelled(self) -> bool:
        return self.cancelling.is_set()

    def progress(self, fraction: float, text: str = "") -> None:
        self.progresses.append(fraction)
        if fraction >= self.cancel_at:
            self.cancelling.set()

    @contextmanager
    def network(self, host: str, purpose: str):
        traffic = FakeTraffic(host, purpose)
        self.requests.append(traffic)
        yield traffic
