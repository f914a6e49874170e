"""The terminal's end of the downloader: one process after the other, waited for."""

from collections import deque

from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import Job, Pace, Used
from app.services.downloads import DownloadService


class ClientLink:
    """Fulfils `DownloaderLink` for a loop that may wait."""

    def __init__(self) -> None:
        self._jobs: deque[tuple[str, Job]] = deque()
        self._client: DownloaderClient | None = None

    def start(self, name: str, job: Job) -> None:
        """Has `run` start a process for it."""
        self._jobs.append((name, job))

    def send(self, name: str, command: Pace | Used) -> None:
        """Tells the running one something."""
        if self._client is not None:
            self._client.send(command)

    def stop(self, name: str) -> None:
        """Has the running one end."""
        if self._client is not None:
            self._client.stop()

    def run(self, service: DownloadService) -> None:
        """Goes on until there is nothing left to do.

        Raises:
            UserError: The queue cannot be kept.
        """
        while self._jobs:
            name, job = self._jobs.popleft()
            with DownloaderClient(job) as self._client:
                for event in self._client.events():
                    service.downloader_event(name, event)
            self._client = None
            service.downloader_ended(name, "")

    def close(self) -> None:
        """Ends the running one; what it has fetched is kept."""
        if self._client is not None:
            self._client.stop()
