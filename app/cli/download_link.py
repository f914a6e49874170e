"""The terminal's ends of downloaders and converters: threads read, one loop handles."""

import contextlib
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import Event, Job, Pace, Used
from app.paths import program_folder
from app.services import conversion
from app.services.converter_events import ConverterEvent, read_line

_STOP_SECONDS: Final = 10.0
_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a download's downloader has said."""

    name: str
    event: Event


@dataclass(frozen=True, slots=True)
class ConverterHeard:
    """What a download's converter has said."""

    name: str
    event: ConverterEvent


@dataclass(frozen=True, slots=True)
class Ended:
    """A download's process is gone.

    Attributes:
        name: Which download.
        how: How it ended, where it said nothing.
        was_converter: Which of its two processes it was.
    """

    name: str
    how: str
    was_converter: bool


Item = Heard | ConverterHeard | Ended


class Inbox:
    """What all processes say, in one line; ends with the last process."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._running = 0

    def listen(self, read: Callable[[Callable[[Item], None]], None]) -> None:
        """Has a thread read; the last thing that it hands on is `Ended`."""
        self._running += 1
        threading.Thread(target=read, args=(self._items.put,), daemon=True).start()

    def __iter__(self) -> Iterator[Item]:
        while self._running:
            item = self._items.get()
            self._running -= isinstance(item, Ended)
            yield item


class DownloaderClients:
    """Fulfils `DownloaderLink`.

    Args:
        inbox: Takes what downloaders say.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._clients: dict[str, DownloaderClient] = {}

    def start(self, name: str, job: Job) -> None:
        """Starts a process for one download."""
        client = self._clients[name] = DownloaderClient(job)

        def read(put: Callable[[Item], None]) -> None:
            with client:
                for event in client.events():
                    put(Heard(name, event))
            put(Ended(name, "", was_converter=False))

        self._inbox.listen(read)

    def send(self, name: str, command: Pace | Used) -> None:
        """Tells a running one something."""
        self._clients[name].send(command)

    def stop(self, name: str) -> None:
        """Has it end soon; what it has fetched is kept."""
        self._clients[name].end_input()

    def close(self) -> None:
        """Ends all of them; what they have fetched is kept."""
        for client in self._clients.values():
            client.stop()


class Converters:
    """Fulfils `ArrivingLink`.

    Args:
        inbox: Takes what converters say.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, *, folder: Path, target: Path, quantization: str
    ) -> None:
        """Starts a converter for a download."""
        process = self._processes[name] = subprocess.Popen(  # noqa: S603 -- our own
            conversion.arriving(folder, target, quantization),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=program_folder(),
            creationflags=_NO_WINDOW,
        )

        def read(put: Callable[[Item], None]) -> None:
            with process:
                for line in process.stdout or ():
                    if (event := read_line(line)) is not None:
                        put(ConverterHeard(name, event))
            code = process.returncode
            put(Ended(name, f"exit code {code}" if code else "", was_converter=True))

        self._inbox.listen(read)

    def announce(self, name: str, file: str) -> None:
        """Tells it that a file of weights is whole; one that is gone hears nothing."""
        pipe = self._processes[name].stdin
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.write(f"{file}\n".encode())
                pipe.flush()

    def stop(self, name: str) -> None:
        """Has it end; what is written is kept."""
        pipe = self._processes[name].stdin
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def close(self) -> None:
        """Ends all of them; what they have written is kept."""
        for name, process in self._processes.items():
            self.stop(name)
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
