"""What is made of an engine's words."""

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Usage
from app.domain.hardware import Device, DeviceKind, KvType, Placement, Share, Step
from app.engine import protocol
from app.services.diagnosis import TOKENS, measure, survey
from tests.fakes.scripted_backend import MODEL

GIB = 2**30
CARD = Device(
    "CUDA0", "RTX 4090", DeviceKind.GPU, 23 * GIB, 24 * GIB, takes_layers=True
)
HOST = Device("CPU", "EPYC", DeviceKind.CPU, 30 * GIB, 32 * GIB)
HELLO = protocol.Hello(2, "llama.cpp", "CPU : AVX2 = 1 | NEON = 0 |", (CARD, HOST))
PART = Placement(layers=9, shares=(Share(device="CUDA0", layers=4, size=1),))


class Channel:
    """Answers with what was written down for it."""

    def __init__(self, *events):
        self.events = list(events)
        self.sent = []

    def send(self, command):
        self.sent.append(command)

    def receive(self):
        return self.events.pop(0)


def finished(tokens, seconds=1.0):
    usage = Usage(
        prompt_tokens=100,
        cached_tokens=20,
        generated_tokens=tokens,
        prompt_seconds=0.5,
        generate_seconds=seconds,
    )
    return protocol.Finished("doctor", FinishReason.STOP, usage)


def test_the_first_words_say_what_fits():
    report = survey(Channel(HELLO))
    assert report.features == ("AVX2",)
    assert report.devices == (CARD, HOST)
    assert [fit.model for fit in report.fits] == [
        "MOSS 16B Q4_0",
        "MOSS 16B Q4_K_M",
        "MOSS 16B Q8_0",
    ]
    assert report.fits[0].told == ("The whole model is on RTX 4090.",)
    assert report.fits[0].placement.kv_type is KvType.F16


def test_other_first_words_are_no_engine():
    with pytest.raises(UserError) as caught:
        survey(Channel(protocol.Unloaded()))
    assert caught.value.code is ErrorCode.PROTOCOL


def test_short_answers_are_repeated_until_there_are_enough_tokens(tmp_path):
    channel = Channel(
        protocol.LoadProgress(0.5),
        protocol.Loaded(MODEL, 1.5),
        protocol.TextDelta("doctor", "1"),
        finished(12),
        finished(TOKENS - 12),
    )
    found = measure(channel, tmp_path / "m.gguf", lambda _phrase: None)
    assert found.load_seconds == 1.5
    assert found.model == "Fake"
    assert found.usage.generated_tokens == TOKENS
    assert found.usage.tokens_per_second == TOKENS / 2
    assert found.read_per_second == 160
    wanted = [command.sampling.max_tokens for command in channel.sent[1:]]
    assert wanted == [TOKENS, TOKENS - 12]


def test_a_model_that_says_nothing_is_not_asked_for_ever(tmp_path):
    channel = Channel(protocol.Loaded(MODEL, 1.5), *[finished(0)] * 10)
    found = measure(channel, tmp_path / "m.gguf", lambda _phrase: None)
    assert found.usage.generated_tokens == 0
    assert channel.events == []


def test_steps_are_told(tmp_path):
    told = []
    step = protocol.LoadStep(Step.FEWER_LAYERS, PART)
    channel = Channel(step, protocol.Loaded(MODEL, 1.5), finished(TOKENS))
    measure(channel, tmp_path / "m.gguf", told.append)
    [phrase] = told
    assert "4 of 9 layers" in phrase.english


def test_a_file_without_a_name_keeps_it(tmp_path):
    channel = Channel(protocol.Loaded(MODEL, 1.5), finished(TOKENS))
    found = measure(channel, tmp_path / "Fake.gguf", lambda _phrase: None)
    assert found.model == ""


def test_a_failure_is_raised(tmp_path):
    channel = Channel(protocol.Failed(ErrorCode.OUT_OF_MEMORY, "9 > 8"))
    with pytest.raises(UserError) as caught:
        measure(channel, tmp_path / "m.gguf", lambda _phrase: None)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
