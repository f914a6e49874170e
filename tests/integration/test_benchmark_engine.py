"""The engine's benchmark, in its smallest form: that it measures, not what."""

import json
import shutil
import sys

import pytest

from app.domain.generation import Segment
from benchmarks import engine
from benchmarks.chatting.results import Better
from benchmarks.chatting.sides import Engine, Peer
from benchmarks.chatting.stopping import Moments
from benchmarks.chatting.tasks import Likelihood
from benchmarks.measure import MeasureError
from tests.fakes import tiny_gguf
from tests.fakes.tiny_gguf import SURE, TinyModel

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        sys.platform != "linux", reason="the benchmarks measure on Linux only"
    ),
]


@pytest.fixture
def work(tmp_path, demo_gguf):
    """A folder in which the models lie already; MOSS's tensors are tiny ones."""
    shutil.copy(demo_gguf, tmp_path / "demo.gguf")
    for layers in (1, 2):
        model = TinyModel(layers=layers, context=2048)
        tiny_gguf.write(tmp_path / f"moss-Q4_0-{layers}.gguf", model)
    return tmp_path


def test_everything_is_measured_and_reported(work, capsys):
    plan = engine.Plan(
        rounds=1,
        tokens=8,
        turns=12,
        moments=Moments(tries=2, prompt=300, longest=0.5),
        layers=(1, 2),
        kinds=("Q4_0",),
        work=work,
    )
    found = engine.run(plan)
    assert {duel.better for duel in found.duels} == set(Better)
    assert all(min(*duel.ours, *duel.baseline) > 0 for duel in found.duels)
    ((name, turns),) = found.chats
    assert name == "demo"
    assert turns[-1].number == 10
    assert all(turn.excess == 0 for turn in turns)
    (window,) = found.windows
    assert window.shifted
    assert window.excess <= 32
    assert window.prefix_kept == window.generations
    assert len(window.ours) == len(window.fresh) > 0
    assert window.mean_distance < 0.01
    assert [stop.during for stop in found.stops] == [
        "a prompt of 300 tokens",
        "decoding",
    ]
    assert all(len(stop.seconds) == 2 for stop in found.stops)
    few, many = found.residences
    assert many.peak >= many.read > many.mapped > 0
    assert few.model < many.model
    text = engine.report(found)
    for line in ("decode, greedy", "prefix on disk", "decoding", "34, by a straight"):
        assert line in text
    assert set(capsys.readouterr().err.split()) >= {"decoding:", "window:", "memory:"}


def test_parts_can_be_left_out_and_numbers_be_kept(work, capsys):
    file = work / "numbers.json"
    arguments = ["--parts", "turns", "--work", str(work), "--json", str(file)]
    assert engine.main(arguments) == 0
    assert "Turns of a chat with demo" in capsys.readouterr().out
    numbers = json.loads(file.read_text("utf-8"))
    assert numbers["duels"] == []
    assert numbers["chats"][0][1][0]["usage"]["cached_tokens"] == 0
    assert "cores" in numbers["conditions"]


def test_a_file_that_is_not_there_is_named(work, capsys):
    with pytest.raises(SystemExit):
        engine.main(["--smollm2", str(work / "smol.gguf"), "--work", str(work)])
    assert "there is no" in capsys.readouterr().err


def test_llama_cpp_alone_judges_as_the_engine_does(tmp_path):
    path = tiny_gguf.write(tmp_path / "tiny.gguf", TinyModel(biases={"he": SURE}))
    with Engine() as ours:
        model = ours.load(path)
        ids = ours.tokenize((Segment("abc"),))
        (he,) = ours.tokenize((Segment("he"),))
    with Peer(model) as peer:
        logs = peer.ask(Likelihood(ids, (he, ids[0]))).logs
    # Padding, wildly likely, is banned in the engine only.
    assert logs[0] - logs[1] == pytest.approx(SURE)


def test_a_model_that_ends_early_cannot_be_measured(work):
    sure_end = TinyModel(biases={"<eom>": SURE})
    tiny_gguf.write(work / "demo.gguf", sure_end)
    plan = engine.Plan(parts=("decoding",), rounds=1, tokens=8, work=work)
    with pytest.raises(MeasureError):
        engine.run(plan)
