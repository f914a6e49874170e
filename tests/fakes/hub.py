"""A hub on this computer: the parts of Hugging Face's and ModelScope's interfaces that
are used, as real HTTP, with everything that can go wrong with a file."""

import hashlib
import json
import threading
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.http_server import Answer, ScriptedServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LFS_FROM = 1024
_PIECE = 64 * 1024


class Fault(Enum):
    """What goes wrong with one answer."""

    DROP = auto()
    """The connection breaks somewhere."""
    HANG_UP = auto()
    """It is closed in an orderly way, too early."""
    BUSY = auto()
    """429, with Retry-After."""
    BUSY_DATE = auto()
    """429, with a date in it."""
    ERROR = auto()
    """500."""
    UNAVAILABLE = auto()
    """503."""
    SHORTER = auto()
    """A length that is not that of the file."""
    LONGER = auto()
    """More than there should be."""
    FLIPPED = auto()
    """One bit is wrong."""
    STALL = auto()
    """Nothing comes any more."""
    DRIP = auto()
    """Next to nothing comes any more."""
    REDIRECT = auto()
    """Another server has it."""
    LOOP = auto()
    """Redirects without end, this once."""
    NO_RANGE = auto()
    """Ranges are not understood."""
    OTHER_ETAG = auto()
    """The same contents under another name."""
    WRONG_RANGE = auto()
    """Another range than what was asked for."""
    PORTAL = auto()
    """A page that wants a login, as hotels have it."""
    UNSATISFIABLE = auto()
    """416."""
    GARBAGE = auto()
    """No HTTP."""
    MUTE = auto()
    """No answer at all."""


@dataclass
class Repository:
    """A repository's files by path.

    Attributes:
        files: What its list says.
        served: What is really sent, where that is something else.
        gated: Whether a token is needed.
    """

    files: dict[str, bytes]
    served: dict[str, bytes] = field(default_factory=dict)
    gated: bool = False

    def contents(self, path: str) -> bytes:
        return self.served.get(path, self.files[path])


@dataclass
class Hub:
    """Serves repositories while it is entered.

    Attributes:
        repositories: By name.
        token: What opens gated ones.
        faults: By path of a file, or `""` for the list of files: what goes wrong with
            the next answers, one after the other; None is nothing.
        seen: Authorization headers, by port.
        encrypted: Whether it speaks TLS.
    """

    repositories: dict[str, Repository]
    token: str = "hf_secret"  # noqa: S105
    faults: dict[str, deque[Fault | None]] = field(default_factory=dict)
    seen: list[tuple[int, str | None]] = field(default_factory=list)
    encrypted: bool = False

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self.server, self.other = (
            self._stack.enter_context(ScriptedServer(_Scripts(self), self.encrypted))
            for _ in range(2)
        )
        self.dripping = threading.Event()
        return self

    def __exit__(self, *exception) -> None:
        self.server.over.set()
        self.other.over.set()
        self._stack.close()

    @property
    def endpoint(self) -> str:
        return self.server.address

    def asked(self, path: str) -> list[str | None]:
        """The ranges that were asked of a file."""
        return [
            request.headers.get("Range")
            for server in (self.server, self.other)
            for request in server.requests
            if request.path.split("?")[0].endswith(f"/{path}")
        ]

    def answer(self, answer: Answer) -> None:
        """Answers anything."""
        address = urlsplit(answer.request.path)
        port = answer._handler.server.server_address[1]
        self.seen.append((port, answer.request.headers.get("Authorization")))
        parts = address.path.strip("/").split("/")
        match parts:
            case ["api", "models", owner, name, *_]:
                self._list(answer, f"{owner}/{name}")
            case ["api", "v1", "models", owner, name, "repo", "files"]:
                self._list_modelscope(answer, f"{owner}/{name}")
            case ["api", "v1", "models", owner, name, "repo"]:
                path = parse_qs(address.query)["FilePath"][0]
                self._file(answer, f"{owner}/{name}", path)
            case [owner, name, "resolve", _, *path]:
                self._file(answer, f"{owner}/{name}", "/".join(path))
            case _:
                answer.json({"error": "Not Found"}, 404)

    def _list(self, answer: Answer, name: str) -> None:
        if self._refused(answer, name) or self._broken(answer, self._fault("")):
            return
        repository = self.repositories[name]
        siblings = [
            _sibling(path, contents) for path, contents in repository.files.items()
        ]
        answer.json(
            {
                "id": name,
                "sha": COMMIT,
                "gated": "manual" if repository.gated else False,
                "cardData": {"license": "agpl-3.0"},
                "siblings": siblings,
            }
        )

    def _list_modelscope(self, answer: Answer, name: str) -> None:
        if self._refused(answer, name) or self._broken(answer, self._fault("")):
            return
        files = [
            {
                "Path": path,
                "Name": path,
                "Type": "blob",
                "Size": len(contents),
                "Sha256": hashlib.sha256(contents).hexdigest(),
                "Revision": COMMIT,
            }
            for path, contents in self.repositories[name].files.items()
        ]
        files.append({"Path": "folder", "Type": "tree", "Size": 0})
        answer.json({"Code": 200, "Success": True, "Data": {"Files": files}})

    def _refused(self, answer: Answer, name: str) -> bool:
        repository = self.repositories.get(name)
        if repository is None:
            answer.json({"error": "x"}, 404, X_Error_Code="RepoNotFound")
            return True
        given = answer.request.headers.get("Authorization")
        if repository.gated and given != f"Bearer {self.token}":
            answer.json({"error": "x"}, 401, X_Error_Code="GatedRepo")
            return True
        return False

    def _fault(self, path: str) -> Fault | None:
        planned = self.faults.get(path)
        return planned.popleft() if planned else None

    def _file(self, answer: Answer, name: str, path: str) -> None:
        is_other = answer._handler.server.script is self.other
        if not is_other and self._refused(answer, name):
            return
        if path not in self.repositories[name].files:
            answer.json({"error": "x"}, 404, X_Error_Code="EntryNotFound")
            return
        fault = self._fault(path)
        if fault is Fault.REDIRECT and not is_other:
            location = f"{self.other.address}{answer.request.path}"
            answer.raw(b"", "text/plain", 302, Location=location)
        elif not self._broken(answer, fault):
            self._send(answer, self.repositories[name].contents(path), fault=fault)

    def _broken(self, answer: Answer, fault: Fault | None) -> bool:
        """Answers without the file, where the fault is of that kind."""
        match fault:
            case Fault.BUSY:
                answer.json({}, 429, Retry_After="0")
            case Fault.BUSY_DATE:
                date = "Sun, 06 Nov 1994 08:49:37 GMT"
                answer.json({}, 429, Retry_After=date)
            case Fault.ERROR:
                answer.json({}, 500)
            case Fault.UNAVAILABLE:
                answer.json({}, 503)
            case Fault.LOOP:
                answer.raw(b"", "text/plain", 302, Location=answer.request.path)
            case Fault.PORTAL:
                answer.raw(b"<html>Log in</html>", "text/html")
            case Fault.UNSATISFIABLE:
                answer.raw(b"", "text/plain", 416)
            case Fault.GARBAGE:
                answer.send(b"\x00\xff no HTTP \r\n\r\n")
                answer.hang_up()
            case Fault.MUTE:
                answer.silence()
                answer.hang_up()
            case _:
                return False
        return True

    def _send(self, answer: Answer, contents: bytes, *, fault: Fault | None) -> None:
        """Sends a file or a range of it."""
        etag = f'"{hashlib.sha256(contents).hexdigest()}"'
        if fault is Fault.OTHER_ETAG:
            etag = '"another"'
        asked = answer.request.headers.get("Range")
        same = answer.request.headers.get("If-Range") in {None, etag}
        begin = int(asked.removeprefix("bytes=")[:-1]) if asked else 0
        partial = asked is not None and same and fault is not Fault.NO_RANGE
        if partial and begin >= len(contents):
            answer.raw(b"", "text/plain", 416)
            return
        begin = begin if partial else 0
        if fault is Fault.WRONG_RANGE and partial:
            begin = max(0, begin - 7)
        body = bytearray(contents[begin:])
        length = len(body)
        if fault is Fault.SHORTER:
            length = max(0, length - 5)
        elif fault is Fault.LONGER:
            length += 5
            body += b"extra"
        elif fault is Fault.FLIPPED and body:
            body[len(body) // 2] ^= 1
        headers = {"ETag": etag, "Content_Length": length}
        if partial:
            end = begin + length - 1
            whole = begin + length
            headers["Content_Range"] = f"bytes {begin}-{end}/{whole}"
        answer.head(206 if partial else 200, **headers)
        self._body(answer, bytes(body[:length]), fault=fault)

    def _body(self, answer: Answer, body: bytes, *, fault: Fault | None) -> None:
        cut = len(body) // 3
        match fault:
            case Fault.DROP:
                answer.send(body[:cut])
                answer.reset()
            case Fault.HANG_UP:
                answer.send(body[:cut])
                answer.hang_up()
            case Fault.STALL:
                answer.send(body[:cut])
                answer.silence()
                answer.hang_up()
            case Fault.DRIP:
                answer.send(body[:cut])
                for at in range(cut, len(body)):
                    answer.send(body[at : at + 1])
                    if self.server.over.wait(0.05):
                        return
            case _:
                for at in range(0, len(body), _PIECE):
                    answer.send(body[at : at + _PIECE])


class _Scripts(dict):
    """Every path is answered by the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def get(self, path, default=None):
        return self._hub.answer


def _sibling(path: str, contents: bytes) -> dict:
    """A file as Hugging Face lists it: large ones lie in Git LFS."""
    git = hashlib.sha1(b"blob %d\0" % len(contents), usedforsecurity=False)
    git.update(contents)
    blob = git.hexdigest()
    found = {"rfilename": path, "size": len(contents), "blobId": blob}
    if len(contents) >= _LFS_FROM:
        found["lfs"] = {
            "sha256": hashlib.sha256(contents).hexdigest(),
            "size": len(contents),
            "pointerSize": 134,
        }
    return found


def write_faults(faults: dict[str, deque]) -> str:
    """Faults for a test's message."""
    return json.dumps(
        {k: [f.name if f else None for f in v] for k, v in faults.items()}
    )
