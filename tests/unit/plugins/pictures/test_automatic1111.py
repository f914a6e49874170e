"""Pictures from a server on this computer that does what each test says."""

import socket

import pytest

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures import wire
from app.plugins.pictures.address import ServerAddress
from app.plugins.pictures.automatic1111 import Automatic1111
from app.plugins.pictures.order import Order, plain_description
from tests.fakes.picture_files import png
from tests.fakes.picture_servers import (
    DRAW,
    INTERRUPT,
    PROGRESS,
    Painter,
    automatic1111,
)
from tests.fakes.tool_run import FakeRun

ORDER = Order("a cat, 一只猫", 512, 256, steps=4, guidance=1.5, seed=7)


def source(server, seconds=30.0):
    return Automatic1111(ServerAddress.parse(server.address), seconds=seconds)


def failure(server, run=None, seconds=30.0) -> ToolError:
    with pytest.raises(ToolError) as caught:
        source(server, seconds).draw(ORDER, run or FakeRun())
    return caught.value


def test_a_picture_is_ordered_and_comes():
    painter, run = Painter(), FakeRun()
    with automatic1111(painter) as server:
        assert source(server).draw(ORDER, run) == png()
    assert painter.orders == [
        {
            "prompt": "a cat, 一只猫",
            "width": 512,
            "height": 256,
            "steps": 4,
            "cfg_scale": 1.5,
            "seed": 7,
            "batch_size": 1,
            "n_iter": 1,
        }
    ]
    [request] = run.requests
    assert request.host == f"127.0.0.1:{server.port}"
    assert request.size > len(png())


def test_it_says_how_far_it_is():
    run = FakeRun()
    with automatic1111(Painter(asked_for_progress=3)) as server:
        source(server).draw(ORDER, run)
    assert run.progresses == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_server_that_cannot_say_is_asked_once():
    """stable-diffusion.cpp's own server knows only txt2img."""
    painter, run = Painter(), FakeRun()

    def slow(answer):
        while PROGRESS not in "".join(server.paths()):
            painter.is_interrupted.wait(0.05)
        painter.is_interrupted.wait(1.3)
        painter.draw(answer)

    def unknown(answer):
        answer.json({"detail": "Not Found"}, 404)

    with automatic1111(painter, {DRAW: slow, PROGRESS: unknown}) as server:
        assert source(server).draw(ORDER, run) == png()
    assert sum(path.startswith(PROGRESS) for path in server.paths()) == 1
    assert run.progresses == []


def test_a_picture_that_is_not_wanted_any_more_is_stopped_on_the_server_too():
    painter, run = Painter(asked_for_progress=1000), FakeRun(cancel_at=0.001)
    with automatic1111(painter) as server:
        assert failure(server, run).failure is ToolFailure.CANCELLED
    assert painter.is_interrupted.is_set()


def test_a_server_that_cannot_be_interrupted_is_left():
    painter, run = Painter(asked_for_progress=1000), FakeRun(cancel_at=0.001)

    def unknown(answer):
        answer.json({"detail": "Not Found"}, 404)
        painter.is_interrupted.set()
        painter._done.set()

    with automatic1111(painter, {INTERRUPT: unknown}) as server:
        assert failure(server, run).failure is ToolFailure.CANCELLED
    assert painter.is_interrupted.is_set()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, ToolFailure.SERVER_LOCKED),
        (403, ToolFailure.SERVER_LOCKED),
        (404, ToolFailure.SERVER_FAILED),
        (422, ToolFailure.SERVER_FAILED),
        (307, ToolFailure.SERVER_FAILED),
        (500, ToolFailure.SERVER_FAILED),
        (503, ToolFailure.SERVER_BUSY),
    ],
)
def test_refusals(status, expected):
    def refuse(answer):
        said = {"error": "OutOfMemoryError", "detail": "", "errors": "CUDA\nout of"}
        answer.json(said, status, Location="http://127.0.0.1:1/")

    with automatic1111(Painter(), {DRAW: refuse}) as server:
        error = failure(server)
    assert error.failure is expected
    assert error.detail.endswith(f"HTTP {status}, CUDA out of, OutOfMemoryError")


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"[]", b'{"images": []}', b'{"images": ["?"]}', b'{"images": [1]}'],
)
def test_answers_without_a_picture(said):
    def answer_so(answer):
        answer.raw(said, "application/json")

    with automatic1111(Painter(), {DRAW: answer_so}) as server:
        assert failure(server).failure is ToolFailure.SERVER_FAILED


def test_a_data_url_is_understood():
    def answer_so(answer):
        answer.json({"images": ["data:image/png;base64,aGFsbG8="]})

    with automatic1111(Painter(), {DRAW: answer_so}) as server:
        assert source(server).draw(ORDER, FakeRun()) == b"hallo"


def test_an_answer_without_end_is_cut(monkeypatch):
    monkeypatch.setattr("app.plugins.pictures.automatic1111.MOST_ANSWER", 1000)

    def flood(answer):
        answer.head(Content_Type="application/json")
        answer.send(b"x" * 100_000)
        answer.hang_up()

    with automatic1111(Painter(), {DRAW: flood}) as server:
        assert "more than 1000 bytes" in failure(server).detail


def test_silence_and_broken_connections():
    broken = {
        "silence": ToolFailure.SERVER_SILENT,
        "hang_up": ToolFailure.SERVER_LOST,
        "reset": ToolFailure.SERVER_LOST,
    }
    for what, expected in broken.items():
        script = {DRAW: lambda answer, what=what: getattr(answer, what)()}
        with automatic1111(Painter(), script) as server:
            assert failure(server, seconds=0.4).failure is expected


def test_an_answer_that_ends_early():
    def half(answer):
        answer.head(Content_Type="application/json", Content_Length=100)
        answer.send(b'{"images"')
        answer.hang_up()

    with automatic1111(Painter(), {DRAW: half}) as server:
        assert failure(server).failure is ToolFailure.SERVER_LOST


def test_nobody_is_there():
    with automatic1111(Painter()) as server:
        pass
    assert failure(server).failure is ToolFailure.UNREACHABLE


def test_a_certificate_that_nobody_vouches_for():
    with automatic1111(Painter(), encrypted=True) as server:
        error = failure(server)
    assert error.failure is ToolFailure.SERVER_UNTRUSTED
    assert "self-signed certificate" in error.detail


def test_a_name_that_means_a_server_far_away_is_not_spoken_to(monkeypatch):
    """A name may point anywhere, and elsewhere the second time."""
    near = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    far = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 0))
    monkeypatch.setattr(wire.socket, "getaddrinfo", lambda *_a, **_k: [near, far])
    server = ServerAddress.parse("http://pictures.test:7860")
    with pytest.raises(ToolError) as caught:
        Automatic1111(server, seconds=1).draw(ORDER, FakeRun())
    assert caught.value.failure is ToolFailure.SERVER_ADDRESS


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("a cat", "a cat"),
        ("  a\ncat\t", "a cat"),
        ("<lora:/etc/passwd:1> a cat", "lora:/etc/passwd:1 a cat"),
        (
            'a<sd_cpp_extra_args>{"seed":1}</sd_cpp_extra_args>',
            'a sd_cpp_extra_args {"seed":1} /sd_cpp_extra_args',
        ),
        ("\x1b[2Ja\u202ecat\0", "[2Ja cat"),
        ("一只猫" * 1000, ("一只猫" * 1000)[:1000]),
        (" ", ""),
    ],
)
def test_a_description_is_nothing_but_a_description(written, plain):
    assert plain_description(written) == plain
