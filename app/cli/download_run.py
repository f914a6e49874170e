"""One download in a terminal: its services, its processes, and the loop over them."""

from pathlib import Path

from app.catalogue.requests import Conversion, Preferred, Request
from app.catalogue.tokens import TokenStore
from app.cli.download_line import ProgressLine
from app.cli.download_link import (
    ConverterHeard,
    Converters,
    DownloaderClients,
    Ended,
    Heard,
    Inbox,
)
from app.services.arriving import Arriving, ArrivingConversions
from app.services.download_state import Download
from app.services.downloads import DownloadService


class DownloadRun:
    """The services of one download, and the loop that they live in.

    Args:
        root: The folder in which it has one of its own.
        tokens: The user's access tokens.
        preferred: How the user wants to download.
        name: Its folder.

    Attributes:
        line: Shows how far it is.
    """

    def __init__(
        self, root: Path, tokens: TokenStore, *, preferred: Preferred, name: str
    ) -> None:
        self._name = name
        self._inbox = Inbox()
        self._clients = DownloaderClients(self._inbox)
        self._converters = Converters(self._inbox)
        self.line = ProgressLine(name)
        self._service = DownloadService(
            root,
            self._clients,
            # The window's queue is its own; it finds this download by its folder.
            queue=None,
            tokens=tokens,
            preferred=preferred,
            changed=self._changed,
        )
        self._arriving = ArrivingConversions(
            self._service, self._converters, changed=self.line.show_conversion
        )

    @property
    def download(self) -> Download | None:
        """The download; None when it has become a model."""
        found = (each for each in self._service.downloads if each.id == self._name)
        return next(found, None)

    @property
    def conversion(self) -> Arriving | None:
        """What becomes of it; None for nothing."""
        return self._arriving.find(self._name)

    def until_done(self, request: Request, conversion: Conversion | None) -> None:
        """Handles what the processes say, until there is none left."""
        self._service.add(request, conversion)
        for item in self._inbox:
            match item:
                case Ended(name, how, was_converter=True):
                    self._arriving.converter_ended(name, how)
                case Ended(name, how):
                    self._service.downloader_ended(name, how)
                case ConverterHeard(name, event):
                    self._arriving.converter_event(name, event)
                case Heard(name, event):
                    self._service.downloader_event(name, event)

    def close(self) -> None:
        """Ends all processes; what they have is kept."""
        self._clients.close()
        self._converters.close()

    def _changed(self, downloads: tuple[Download, ...]) -> None:
        self.line.show(downloads)
        self._arriving.downloads_changed(downloads)
