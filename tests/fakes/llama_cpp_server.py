"""A real server process: `python -m llama_cpp.server` on this computer.

llama.cpp's own `llama-server` takes its place where one is found, for whoever has it.
"""

import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

READY = ("Uvicorn running on", "listening on http")
STOPPED = ("Disconnected from client", "cancel task")
LLAMA_SERVER = os.environ.get("MOSS_TEST_LLAMA_SERVER") or shutil.which("llama-server")
KEY = "sk-a-key-for-a-test"


class ServerProcess:
    """A server and what it writes.

    Attributes:
        address: Where it listens.
        lines: What it wrote to standard output and standard error.
    """

    def __init__(self, arguments, port):
        self.address = f"http://127.0.0.1:{port}"
        self.lines: list[str] = []
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        try:
            self.until(*READY)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def until(self, *words):
        """Waits for a line with one of these words."""
        while (line := self._waiting.get(timeout=120)) is not None:
            if any(word in line for word in words):
                return line
        raise AssertionError("".join(self.lines))

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line)
            self._waiting.put(line)
        self._waiting.put(None)


def llama_cpp_python(model: Path, *, context: int) -> ServerProcess:
    """llama-cpp-python's server, with a key."""
    port = _free_port()
    options = {
        "model": model,
        "model_alias": "moss-demo",
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": context,
        "n_threads": 1,
        "api_key": KEY,
        "verbose": "False",
    }
    return ServerProcess(
        [sys.executable, "-m", "llama_cpp.server", *_flags(options)], port
    )


def llama_server(model: Path, *, context: int) -> ServerProcess:
    """llama.cpp's own server, with a key."""
    port = _free_port()
    options = {
        "model": model,
        "alias": "moss-demo",
        "host": "127.0.0.1",
        "port": port,
        "ctx-size": context,
        "parallel": 1,
        "threads": 1,
        "api-key": KEY,
    }
    return ServerProcess([LLAMA_SERVER, "--no-webui", *_flags(options)], port)


def _flags(options):
    return [
        str(part) for name, value in options.items() for part in (f"--{name}", value)
    ]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
