"""Pictures from a server with the interface of AUTOMATIC1111's web interface.

Its interface is also Forge's and SD.Next's, and in part that of stable-diffusion.cpp's
own server, which knows neither progress nor interruption:

* `POST /sdapi/v1/txt2img` answers when the picture is done,
* `GET /sdapi/v1/progress` says how far it is,
* `POST /sdapi/v1/interrupt` ends what is being drawn.
"""

import base64
import queue
import threading
from http import HTTPStatus
from typing import Final

import msgspec
from typing_extensions import override

from app.domain.tools import ToolFailure
from app.plugins.api import Run, ToolError, Traffic
from app.plugins.pictures.address import ServerAddress
from app.plugins.pictures.order import Order, Painter
from app.plugins.pictures.wire import MOST_ANSWER, Call, Question, StatusError

_DRAW: Final = "/sdapi/v1/txt2img"
_PROGRESS: Final = "/sdapi/v1/progress?skip_current_image=true"
_INTERRUPT: Final = "/sdapi/v1/interrupt"
_ASK_SECONDS: Final = 0.5
"""Between two questions how far the picture is; also how soon a cancel is seen."""

_Answer = bytes | Exception


class _Progress(msgspec.Struct):
    progress: float = 0.0


class _Drawn(msgspec.Struct):
    """What `txt2img` answers; its other fields repeat the question."""

    images: list[str]


class Automatic1111(Painter):
    """One server.

    Args:
        server: Where it is.
        seconds: How long it may be silent while it draws.
    """

    def __init__(self, server: ServerAddress, *, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._tells_progress = True

    @override
    def prepare(self) -> None:
        """Nothing: a server is ready, or says so when it is asked."""

    @override
    def draw(self, order: Order, run: Run) -> bytes:
        body = {
            "prompt": order.description,
            "width": order.width,
            "height": order.height,
            "steps": order.steps,
            "cfg_scale": order.guidance,
            "seed": order.seed,
            "batch_size": 1,
            "n_iter": 1,
        }
        question = Question(_DRAW, body, self._seconds, MOST_ANSWER)
        with run.network(self._server.authority, "a picture for MOSS") as traffic:
            call = Call(self._server, question, traffic)
            return self._picture(self._answer(call, run, traffic))

    def _answer(self, call: Call, run: Run, traffic: Traffic) -> bytes:
        """The answer to the call, which waits in a thread of its own."""
        answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(call.answer())
            except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
                answers.put(error)

        threading.Thread(target=ask, daemon=True, name="txt2img").start()
        while True:
            try:
                answer = answers.get(timeout=_ASK_SECONDS)
            except queue.Empty:
                if run.cancelled:
                    self._interrupt(traffic)
                    call.cut()
                    raise ToolError(ToolFailure.CANCELLED) from None
                self._report(run, traffic)
                continue
            if isinstance(answer, Exception):
                raise answer
            return answer

    def _report(self, run: Run, traffic: Traffic) -> None:
        """Asks how far it is; a server that does not know the question, once."""
        if not self._tells_progress:
            return
        try:
            answer = Call(self._server, Question(_PROGRESS), traffic).answer()
            found = msgspec.json.decode(answer, type=_Progress)
        except StatusError as refused:
            self._tells_progress = refused.status != HTTPStatus.NOT_FOUND
        except (ToolError, msgspec.MsgspecError, UnicodeDecodeError):
            # The picture itself may come all the same.
            return
        else:
            run.progress(min(max(found.progress, 0.0), 1.0))

    def _interrupt(self, traffic: Traffic) -> None:
        """Has the server stop; one that does not know how draws to the end."""
        try:
            Call(self._server, Question(_INTERRUPT, {}), traffic).answer()
        except ToolError:
            return

    def _picture(self, answer: bytes) -> bytes:
        name = self._server.authority
        try:
            images = msgspec.json.decode(answer, type=_Drawn).images
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            detail = f"{name}: no answer of txt2img"
            raise ToolError(ToolFailure.SERVER_FAILED, detail) from error
        try:
            # Some put the form of a data URL in front.
            return base64.b64decode(images[0].rpartition(",")[2], validate=True)
        except (IndexError, ValueError) as error:
            detail = f"{name}: no picture"
            raise ToolError(ToolFailure.SERVER_FAILED, detail) from error
