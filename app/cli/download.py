"""`moss download`: a model from Hugging Face, a mirror or ModelScope, to this disk."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app import paths
from app.catalogue import reading
from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import Failed, Job, Listed
from app.catalogue.entries import CHINA_MIRROR, Catalogue, Entry, Site
from app.catalogue.naming import Local
from app.catalogue.requests import Conversion, Preferred, Request, resolve
from app.catalogue.tokens import TokenStore
from app.cli.download_arguments import TOKEN, parser
from app.cli.download_line import size
from app.cli.download_run import DownloadRun
from app.cli.output import say, speak_utf8
from app.domain.errors import ErrorCode, UserError
from app.services.arriving import Arriving, Stage
from app.services.download_state import Download, Phase
from app.services.words import explain

_WRONG_USE: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments behind `moss download` and does what they say.

    Returns:
        The exit code: 1 when it could not be done, 2 for wrong use.
    """
    options = parser().parse_args(arguments)
    speak_utf8()
    found = paths.find()
    own = found.data / reading.NAME
    catalogue = reading.load(found.resources / reading.NAME, own)
    for problem in catalogue.problems:
        say(f"{problem.file}, {problem.entry}: {problem.reason}")
    if options.name is None:
        print("\n".join(_line(entry) for entry in catalogue.entries))
        return 0
    try:
        return _Command(options, catalogue, found.models / "downloads").run()
    except UserError as error:
        say(explain(error))
        return 1


class _Command:
    """One `moss download NAME`."""

    def __init__(
        self, options: argparse.Namespace, catalogue: Catalogue, root: Path
    ) -> None:
        self._options = options
        self._catalogue = catalogue
        self._root = options.folder or root
        self._preferred = Preferred(
            site=Site(options.site),
            hugging_face=CHINA_MIRROR if options.china else options.mirror or "",
            connections=options.connections,
            pace=options.limit,
        )
        self._tokens = TokenStore()
        self._conversion = None
        if options.convert is not None:
            self._conversion = Conversion(
                str(options.convert),
                options.type,
                delete_used=not options.keep_source,
            )

    def run(self) -> int:
        """Finds out what is meant, asks, and downloads."""
        request = resolve(
            self._options.name,
            self._catalogue,
            self._preferred,
            exists=lambda path: Path(path).exists(),
        )
        if isinstance(request, Local):
            say(f"This is on this computer already: {request.path}")
            return 0
        self._take_token(request)
        self._describe(request, self._listed(request))
        if self._options.list:
            return 0
        if not self._options.yes and not _agreed():
            return _WRONG_USE
        return self._download(request)

    def _take_token(self, request: Request) -> None:
        """Holds or keeps a token that the user gives."""
        given = os.environ.get(TOKEN, "")
        if self._options.token:
            given = getpass.getpass(f"Access token for {request.endpoint}: ")
        if not given:
            return
        try:
            if self._options.token:
                self._tokens.save(request.endpoint, given)
            else:
                self._tokens.hold(request.endpoint, given)
        except UserError as error:
            say(explain(error))

    def _listed(self, request: Request) -> Listed:
        """What it would be; a token is shown only to who asks for one.

        Raises:
            UserError: The server does not say.
        """
        failed = None
        for asks in (False, True):
            job = Job(
                site=request.site,
                endpoint=request.endpoint,
                repository=request.repository,
                folder=str(self._root / request.folder),
                revision=request.revision,
                file=request.file,
                token=self._tokens.held(request.endpoint) if asks else "",
                kept_token=asks,
                only_list=True,
            )
            with DownloaderClient(job) as client:
                for event in client.events():
                    match event:
                        case Listed():
                            return event
                        case Failed(code, detail):
                            failed = UserError(code, detail)
                        case _:
                            pass
            if failed is not None and failed.code is not ErrorCode.DOWNLOAD_GATED:
                break
        raise failed or UserError(ErrorCode.DOWNLOADER_LOST)

    def _describe(self, request: Request, listed: Listed) -> None:
        """Says what it is, how large, under which licence, and where it goes."""
        entry = self._catalogue.find(request.repository)
        print(f"{request.title}: {request.repository} from {request.endpoint}")
        for file in listed.files:
            print(f"  {size(file.size):>9}  {file.path}")
        print(f"  {size(sum(file.size for file in listed.files)):>9}  in all")
        licence = entry.licence.name if entry is not None else listed.licence
        print(f"Licence: {licence or 'not said'}")
        if entry is not None and entry.licence.terms:
            print(f"  {entry.licence.terms.get('en', '')} {entry.licence.url}")
        print(f"To: {self._root / request.folder}")

    def _download(self, request: Request) -> int:
        run = DownloadRun(
            self._root, self._tokens, preferred=self._preferred, name=request.folder
        )
        try:
            run.until_done(request, self._conversion)
        except KeyboardInterrupt:
            run.close()
            say("\nWhat has arrived is kept; the same command goes on.")
            raise
        finally:
            run.line.end()
        if run.conversion is not None:
            return self._converted(run.conversion, run.download)
        return self._outcome(run.download)

    def _converted(self, found: Arriving, download: Download | None) -> int:
        if found.stage is Stage.DONE:
            print(found.target)
            return 0
        error = (download.error if download is not None else None) or found.error
        say(explain(error or UserError(ErrorCode.DOWNLOADER_LOST)))
        return 1

    def _outcome(self, found: Download | None) -> int:
        if found is None or found.phase is not Phase.DONE:
            error = found.error if found is not None else None
            say(explain(error or UserError(ErrorCode.DOWNLOADER_LOST)))
            return 1
        models = sorted(found.folder.rglob("*.gguf"))
        if models:
            print(models[0])
        else:
            print(found.folder)
            say(f"To convert it: moss-convert '{found.folder}' moss.gguf")
        return 0


def _line(entry: Entry) -> str:
    """A model in the list."""
    languages = "/".join(entry.languages)
    return (
        f"{entry.id:<32} {size(entry.size):>8}  {languages:<6} "
        f"{entry.licence.name:<14} {entry.summary.get('en', entry.title)}"
    )


def _agreed() -> bool:
    if not sys.stdin.isatty():
        say("Nothing was downloaded; --yes agrees to it.")
        return False
    return input("Download it? [y/N] ").strip().lower() in {"y", "yes"}
