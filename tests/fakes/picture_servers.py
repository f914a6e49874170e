"""A server with AUTOMATIC1111's interface that draws a given picture."""

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tests.fakes.http_server import Answer, Script, ScriptedServer
from tests.fakes.picture_files import png

DRAW = "/sdapi/v1/txt2img"
PROGRESS = "/sdapi/v1/progress"
INTERRUPT = "/sdapi/v1/interrupt"


@dataclass
class Painter:
    """What it draws, and what happens meanwhile.

    Attributes:
        picture: The file that it answers with.
        asked_for_progress: How often it must be asked how far it is before the
            picture is done.
        orders: What was ordered.
        is_interrupted: Set when it was told to stop.
    """

    picture: bytes = field(default_factory=png)
    asked_for_progress: int = 0
    orders: list = field(default_factory=list)
    is_interrupted: threading.Event = field(default_factory=threading.Event)
    _asked: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def draw(self, answer: Answer) -> None:
        self.orders.append(answer.request.json)
        if self._asked < self.asked_for_progress:
            self._done.wait(30)
        images = [base64.b64encode(self.picture).decode()]
        answer.json({"images": images, "parameters": {}, "info": "{}"})

    def progress(self, answer: Answer) -> None:
        self._asked += 1
        fraction = self._asked / max(self.asked_for_progress, 1)
        answer.json({"progress": fraction, "eta_relative": 1.0, "state": {}})
        if self._asked >= self.asked_for_progress:
            self._done.set()

    def interrupt(self, answer: Answer) -> None:
        self.is_interrupted.set()
        self._done.set()
        answer.json({})


def automatic1111(
    painter: Painter,
    scripts: Mapping[str, Script] = MappingProxyType({}),
    *,
    encrypted: bool = False,
) -> ScriptedServer:
    """The server; `scripts` replace parts of it."""
    own = {
        DRAW: painter.draw,
        PROGRESS: painter.progress,
        INTERRUPT: painter.interrupt,
    }
    return ScriptedServer({**own, **scripts}, encrypted=encrypted)
