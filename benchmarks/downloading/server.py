"""A server of one large file, as fast as the system can send it, or at a given pace.

It is a process of its own: `python -m benchmarks.downloading.server FILE HASH PACE`
prints its port. It speaks as much of Hugging Face's interface as is needed for a
repository `bench/model` with that file in it.
"""

import json
import os
import sys
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

REPOSITORY: Final = "bench/model"
_COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
_STEPS: Final = 50
"""Pieces a second at a given pace."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, file: Path, digest: str, pace: int) -> None:
        self._file = file
        self._digest = digest
        self._pace = pace
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self._list()
        else:
            self._send()

    def _list(self) -> None:
        size = self._file.stat().st_size
        lfs = {"sha256": self._digest, "size": size, "pointerSize": 134}
        sibling = {
            "rfilename": self._file.name,
            "size": size,
            "blobId": "0" * 40,
            "lfs": lfs,
        }
        answer = {"id": REPOSITORY, "sha": _COMMIT, "siblings": [sibling]}
        body = json.dumps(answer).encode()
        self._head(200, len(body))
        self.wfile.write(body)

    def _send(self) -> None:
        size = self._file.stat().st_size
        asked = self.headers.get("Range")
        begin = int(asked.removeprefix("bytes=")[:-1]) if asked else 0
        whole = {"Content-Range": f"bytes {begin}-{size - 1}/{size}"} if asked else {}
        self._head(206 if asked else 200, size - begin, whole)
        self.wfile.flush()
        step = self._pace // _STEPS or 1 << 24
        start = time.monotonic()
        with self._file.open("rb") as source:
            sent = 0
            while begin + sent < size:
                where = self.connection.fileno(), source.fileno(), begin + sent
                sent += os.sendfile(*where, min(step, size - begin - sent))
                if self._pace:
                    early = start + sent / self._pace - time.monotonic()
                    time.sleep(max(0.0, early))  # noqa: TID251 -- this is the pace

    def _head(
        self, status: int, length: int, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {"Content-Length": str(length), "ETag": f'"{self._digest}"'}
        for name, value in {**headers, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


def main() -> None:
    """Serves until it is killed."""
    file, digest, pace = sys.argv[1:]
    handler = partial(_Handler, file=Path(file), digest=digest, pace=int(pace))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
