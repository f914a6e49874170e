"""A proxy on this computer that opens tunnels, wherever names may lead."""

import socket
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Proxy:
    """Serves while it is entered.

    Attributes:
        port: Of this computer, to which every tunnel leads.
        asked: Heads of the questions.
        status: What it answers.
    """

    port: int
    asked: list[str] = field(default_factory=list)
    status: str = "200 OK"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()
        return self

    def __exit__(self, *_exception) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    @property
    def address(self) -> str:
        return f"http://me:secret@127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._tunnel, args=(client,))
                thread.start()
                self._threads.append(thread)

    def _tunnel(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            self.asked.append(head.decode())
            client.sendall(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
            if not self.status.startswith("200"):
                return
            with socket.create_connection(("127.0.0.1", self.port)) as server:
                back = threading.Thread(target=_pump, args=(server, client))
                back.start()
                _pump(client, server)
                back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
