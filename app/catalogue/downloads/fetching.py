"""One file, from the first question to its final name: ranges, retries, limits."""

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.catalogue.downloads.answers import PassingError, content_range
from app.catalogue.downloads.halt import Halt
from app.catalogue.downloads.messages import Patience, Retrying
from app.catalogue.downloads.pace import Pace
from app.catalogue.downloads.part_file import PartFile, WrongContentsError
from app.catalogue.downloads.values import Digest, RemoteFile
from app.catalogue.downloads.wire import Answer, Wire
from app.domain.errors import ErrorCode, UserError

_CHUNK: Final = 512 * 1024
_GOOD_PIECE: Final = 1024 * 1024
"""So much progress makes up for earlier failures."""
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PARTIAL: Final = 206
_UNSATISFIABLE: Final = 416
_JITTER: Final = 0.25
_CHANGED: Final = ErrorCode.DOWNLOAD_CHANGED
_CHANGED_TRIES: Final = 4
"""A server that has another file will not have the right one a minute later."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What all files of a download share.

    Attributes:
        wire: Asks servers.
        halt: Ends everything.
        pace: How fast bytes may come.
        patience: How long is waited for what.
        report: Is told what is tried again.
        received: Is told how many bytes came, or, below zero, went again.
    """

    wire: Wire
    halt: Halt
    pace: Pace
    patience: Patience
    report: Callable[[Retrying], None]
    received: Callable[[int], None]


class Fetching:
    """Fetches one file.

    Args:
        file: Which one.
        url: Where it is.
        part: What is here of it.
        tools: What it shares with the others.
    """

    def __init__(
        self, file: RemoteFile, url: str, *, part: PartFile, tools: Tools
    ) -> None:
        self._file = file
        self._url = url
        self._part = part
        self._tools = tools
        self._retries = Retries(tools, file.path)
        self._was_wrong = False
        self._by_etag = True

    def run(self) -> None:
        """Goes on until the file has its final name.

        Raises:
            UserError: It cannot go on; what is there stays.
            HaltedError: It is not wanted any more; what is there stays.
        """
        while True:
            try:
                if self._part.length < self._file.size:
                    self._attempt()
                self._part.finish()
            except PassingError as trouble:
                self._retries.wait(trouble)
            except WrongContentsError as error:
                self._begin_again(error)
            except OSError as error:
                raise disk_error(error) from error
            else:
                return

    def _begin_again(self, error: WrongContentsError) -> None:
        """Forgets a file that is whole and wrong; twice is too often."""
        self._forget()
        if self._was_wrong:
            raise UserError(ErrorCode.DOWNLOAD_DAMAGED, self._file.path) from error
        self._was_wrong = True
        path, code = self._file.path, ErrorCode.DOWNLOAD_DAMAGED
        self._tools.report(Retrying(path, code, seconds=0.0, detail=path))

    def _attempt(self) -> None:
        """One question, and as much of its answer as comes."""
        part, headers = self._part, {}
        asked = part.length
        if asked:
            headers["Range"] = f"bytes={asked}-"
            if part.etag and self._by_etag:
                headers["If-Range"] = part.etag
        with self._tools.wire.get(self._url, headers) as answer:
            if asked and answer.status != _PARTIAL:
                self._without_range(answer, asked_by_etag="If-Range" in headers)
            self._check(answer)
            if not (asked and part.length):
                part.comes_from(self._url, _strong(answer.headers.get("ETag")))
            self._receive(answer)

    def _without_range(self, answer: Answer, *, asked_by_etag: bool) -> None:
        """A range was asked for, and something else is what came."""
        if answer.status == _UNSATISFIABLE:
            self._forget()
            raise self._trouble(answer, "416")
        etag = _strong(answer.headers.get("ETag"))
        if asked_by_etag and etag != self._part.etag and self._file.hash:
            # Mirrors and storages name the same contents differently. The hash tells
            # in the end, so the bytes that are here are not thrown away for a name.
            self._by_etag = False
            raise PassingError(ErrorCode.DOWNLOAD_LOST, "ETag", retry_after=0.0)
        self._forget()

    def _check(self, answer: Answer) -> None:
        """Makes sure that the answer is about the bytes that are missing."""
        begin, size = 0, answer.length
        if answer.status == _PARTIAL:
            found = content_range(answer.headers.get("Content-Range"))
            if found is None:
                raise self._trouble(answer, "Content-Range")
            begin, size = found
        elif answer.status == _UNSATISFIABLE:
            raise self._trouble(answer, "416")
        if begin != self._part.length:
            raise self._trouble(answer, "Content-Range")
        unknown = size is None and self._file.digest is Digest.NONE
        if unknown or (size is not None and size != self._file.size):
            raise self._trouble(answer, f"{size} ≠ {self._file.size}")

    def _receive(self, answer: Answer) -> None:
        """Takes what comes."""
        tools, part = self._tools, self._part
        watch = _Watch(tools.patience)
        while left := self._file.size - part.length:
            data = answer.read(tools.pace.piece(min(left, _CHUNK)))
            tools.halt.check()
            if not data:
                detail = f"{answer.address.authority}: {part.length}/{self._file.size}"
                raise PassingError(ErrorCode.DOWNLOAD_LOST, detail)
            part.write(data)
            tools.received(len(data))
            self._retries.progress(len(data))
            if watch.is_too_slow(len(data)):
                detail = f"{answer.address.authority}: slow"
                raise PassingError(ErrorCode.DOWNLOAD_LOST, detail)
            tools.pace.pay(len(data), tools.halt)

    def _forget(self) -> None:
        self._tools.received(-self._part.length)
        self._part.restart()

    def _trouble(self, answer: Answer, what: str) -> PassingError:
        detail = f"{self._file.path}, {answer.address.authority}: {what}"
        return PassingError(ErrorCode.DOWNLOAD_CHANGED, detail)


class Retries:
    """How often and how soon something is tried again.

    Args:
        tools: Patience, halt and report.
        name: What is tried.
    """

    def __init__(self, tools: Tools, name: str) -> None:
        self._tools = tools
        self._name = name
        self._failures = 0
        self._arrived = 0

    def progress(self, count: int) -> None:
        """Bytes have come; a good piece of them makes up for failures."""
        self._arrived += count
        if self._arrived >= _GOOD_PIECE:
            self._arrived = self._failures = 0

    def wait(self, trouble: PassingError) -> None:
        """Waits for the next try.

        Raises:
            UserError: That was the last one.
            HaltedError: It is not wanted any more.
        """
        patience = self._tools.patience
        self._failures += 1
        asked = trouble.retry_after
        too_long = asked is not None and asked > patience.longest_asked
        tries = _CHANGED_TRIES if trouble.code is _CHANGED else patience.tries
        if self._failures >= min(tries, patience.tries) or too_long:
            raise UserError(trouble.code, trouble.detail) from trouble
        wait = min(
            patience.longest_wait, patience.first_wait * 2 ** (self._failures - 1)
        )
        # Many that lost the same server must not come back in the same moment.
        wait *= 1 + random.uniform(-_JITTER, _JITTER)  # noqa: S311 -- no secret
        seconds = wait if asked is None else asked
        self._tools.report(Retrying(self._name, trouble.code, seconds, trouble.detail))
        self._tools.halt.wait(seconds)


class _Watch:
    """Notices a connection that lives but brings next to nothing."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since = time.monotonic()
        self._count = 0

    def is_too_slow(self, count: int) -> bool:
        """Whether these bytes, with those before, were too few for the time."""
        self._count += count
        now = time.monotonic()
        seconds = now - self._since
        if seconds < self._patience.slow:
            return False
        few = self._count < self._patience.slowest * seconds
        self._since, self._count = now, 0
        return few


def disk_error(error: OSError) -> UserError:
    """What the disk's refusal means."""
    full = error.errno in _NO_SPACE
    code = ErrorCode.DOWNLOAD_DISK_FULL if full else ErrorCode.DOWNLOAD_FOLDER
    return UserError(code, error.strerror or str(error))


def _strong(etag: str | None) -> str:
    """An ETag that `If-Range` may hold (RFC 9110, 13.1.5); else nothing."""
    found = (etag or "").strip()
    return found if found.startswith('"') and found.isascii() else ""
