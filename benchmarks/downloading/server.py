"""A server of one folder, as fast as the system can send it, or at a given pace.

It is a process of its own: `python -m benchmarks.downloading.server FOLDER PACE` prints
its port. It speaks as much of Hugging Face's interface as is needed for a repository
`bench/model` with the files of the folder. All connections together keep the pace.
"""

import hashlib
import json
import os
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

REPOSITORY: Final = "bench/model"
_COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
_STEPS: Final = 50
"""Pieces a second at a given pace."""


class Line:
    """The one line that all connections share.

    Args:
        pace: Bytes a second; 0 is all it can.
    """

    def __init__(self, pace: int) -> None:
        self.step = pace // _STEPS or 1 << 24
        self._pace = pace
        self._guard = threading.Lock()
        self._free_at = time.monotonic()

    def pass_through(self, count: int) -> None:
        """Waits for as long as these bytes are on the line."""
        if not self._pace:
            return
        with self._guard:
            begin = max(self._free_at, time.monotonic() - 1 / _STEPS)
            self._free_at = begin + count / self._pace
            early = self._free_at - time.monotonic()
        time.sleep(max(0.0, early))  # noqa: TID251 -- this is the pace


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(
        self, *arguments: object, folder: Path, digests: dict[str, str], line: Line
    ) -> None:
        self._folder = folder
        self._digests = digests
        self._line = line
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self._list()
        else:
            self._send(self.path.rpartition("/")[2])

    def _list(self) -> None:
        siblings = []
        for name, digest in self._digests.items():
            size = (self._folder / name).stat().st_size
            lfs = {"sha256": digest, "size": size, "pointerSize": 134}
            siblings.append(
                {"rfilename": name, "size": size, "blobId": "0" * 40, "lfs": lfs}
            )
        answer = {"id": REPOSITORY, "sha": _COMMIT, "siblings": siblings}
        body = json.dumps(answer).encode()
        self._head(200, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _send(self, name: str) -> None:
        file = self._folder / name
        size = file.stat().st_size
        asked = self.headers.get("Range")
        begin = int(asked.removeprefix("bytes=")[:-1]) if asked else 0
        headers = {
            "Content-Length": str(size - begin),
            "ETag": f'"{self._digests[name]}"',
        }
        if asked:
            headers["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
        self._head(206 if asked else 200, headers)
        self.wfile.flush()
        with file.open("rb") as source:
            where = self.connection.fileno(), source.fileno()
            while begin < size:
                sent = os.sendfile(*where, begin, min(self._line.step, size - begin))
                begin += sent
                self._line.pass_through(sent)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


def main() -> None:
    """Serves until it is killed."""
    folder, pace = Path(sys.argv[1]), int(sys.argv[2])
    digests = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    handler = partial(_Handler, folder=folder, digests=digests, line=Line(pace))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
