"""The contract between the window and the engine process."""

from typing import get_args

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import (
    FinishReason,
    Grammar,
    Sampling,
    ScoredToken,
    Segment,
    StopRule,
    Usage,
)
from app.domain.hardware import (
    Device,
    DeviceKind,
    KvType,
    Module,
    Placement,
    Reason,
    Share,
    Step,
)
from app.domain.remote import ServerKey
from app.engine import protocol
from app.engine.protocol import decode_command, decode_event, encode
from tests.fakes.scripted_backend import MODEL

PROMPT = (Segment("<|Human|>: 你好\n\u2028"), Segment("<eoh>", control=True))
CARD = Device("CUDA0", "NVIDIA 卡", DeviceKind.GPU, free=1, total=2)
PLACEMENT = Placement(
    layers=2,
    shares=(Share(device="CUDA0", layers=1, size=9),),
    kv_type=KvType.Q8_0,
    reasons=(Reason.GPU_PART,),
)
COMMANDS = [
    protocol.Load("/models/模型.gguf", context=2048, gpu_layers=0, threads=4),
    protocol.Load("m.gguf"),
    protocol.Load("m", kv_type=KvType.Q8_0, batch=32, mmap=False, tensor_split=(2, 1)),
    protocol.Unload(),
    protocol.Tokenize("t", PROMPT),
    protocol.Count("c", (PROMPT, (), PROMPT[:1])),
    protocol.Generate(
        "g",
        PROMPT,
        Sampling(temperature=0, seed=2**32 - 1),
        (StopRule(("<eom>", "<eoc>"), after="<|Commands|>:"),),
    ),
    protocol.Generate(
        "g", PROMPT, prefix_segments=1, chat="c", shift=True, candidates=2
    ),
    protocol.Generate(
        "g",
        PROMPT,
        Sampling(min_p=0.1, typical_p=0.9, mirostat_tau=5.0, mirostat_eta=0.2),
        logprobs=3,
        grammar=Grammar('root ::= "é"', after="<|Commands|>:"),
    ),
    protocol.Prepare("p", PROMPT, prefix_segments=1, chat="c", shift=True),
    protocol.Load("m.gguf", state_folder="/cache/状态", state_budget=2**40),
    protocol.Forget("c"),
    protocol.Load("https://host#m", key=ServerKey("sk-key")),
    protocol.ListModels("l", "https://host", ServerKey("sk-key")),
    protocol.Stop("g"),
]
EVENTS = [
    protocol.Hello(1, "echo", "AVX2 = 1", (CARD, Device("CPU")), (Module("CUDA"),)),
    protocol.LoadProgress(0.25),
    protocol.LoadStep(Step.SMALLER_KV, PLACEMENT),
    protocol.Loaded(MODEL, 1.5),
    protocol.Alive(elsewhere=True),
    protocol.Unloaded(),
    protocol.Alive(),
    protocol.Alive(elsewhere=True),
    protocol.Tokenized("t", (1, 2), counts=(1, 1)),
    protocol.Counted("c", (2, 0, 1)),
    protocol.ModelsListed("l", ("模型", "b/c")),
    protocol.PromptProgress("g", 1, 2),
    protocol.TextDelta("g", "你\n\0😀"),
    protocol.ControlToken("g", "<eom>"),
    protocol.TokenScored(
        "g", ScoredToken(7, "\ufffd", -0.5), (ScoredToken(8, "你", -0.25),), 1
    ),
    protocol.Finished("g", FinishReason.CONTEXT_FULL, Usage(1, 2, 3, 0.5, 0.25, 7)),
    protocol.Finished(
        "g", FinishReason.STOP, Usage(), (FinishReason.STOP, FinishReason.LENGTH)
    ),
    protocol.Prepared("p", Usage(shifted_tokens=2, restored_tokens=3), complete=False),
    protocol.Failed(ErrorCode.OUT_OF_MEMORY, "12 GB", "g"),
]


def test_every_message_is_tried_here():
    assert {type(c) for c in COMMANDS} == set(get_args(protocol.Command))
    assert {type(e) for e in EVENTS} == set(get_args(protocol.Event))


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_commands_survive_the_pipe(command):
    line = encode(command)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_command(line) == command


@pytest.mark.parametrize("event", EVENTS, ids=range(len(EVENTS)))
def test_events_survive_the_pipe(event):
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode_event(line) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"null",
        b'"load"',
        b"{}",
        b'{"type":"launch"}',
        b'{"type":"hello","protocol":1,"engine":"x"}',
        b'{"type":"load"}',
        b'{"type":"load","path":1}',
        b'{"type":"generate","id":"g","prompt":[{"txt":"x"}]}',
        b'{"type":"load","path":"m.gguf"',
        b"[" * 1_000_000,
        b'{"type":"unload","x":' + b"[" * 1_000_000,
    ],
    ids=lambda line: repr(line[:24]),
)
def test_garbage_is_named_a_protocol_error(line):
    with pytest.raises(UserError) as caught:
        decode_command(line)
    assert caught.value.code is ErrorCode.PROTOCOL


def test_a_command_is_no_event():
    with pytest.raises(UserError):
        decode_event(encode(protocol.Unload()))


def test_a_command_does_not_show_its_key():
    for command in COMMANDS:
        assert "sk-key" not in repr(command)
