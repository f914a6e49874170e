"""What the window and the engine process say to each other.

One message a line, JSON in UTF-8, `type` naming it. Commands go to the engine's stdin,
events come from its stdout. The engine works on one command at a time; `Stop` is the
exception and may come whenever it likes. The end of stdin means that the parent is
gone: the engine exits.

    parent                          engine
      ── (start) ──────────────────▶
      ◀───────────────────── Hello ──
      ── Load ─────────────────────▶
      ◀── LoadProgress … LoadStep … Loaded ──
      ── Generate ─────────────────▶
      ◀── PromptProgress … TextDelta / ControlToken … Finished ──
      ── Stop ─────────────────────▶   (Finished with reason "cancelled")
"""

from typing import Final

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import (
    FinishReason,
    ModelInfo,
    Sampling,
    Segment,
    StopRule,
    Usage,
)
from app.domain.hardware import Device, KvType, Module, Placement, Step

PROTOCOL_VERSION: Final = 2
MAX_LINE_BYTES: Final = 16 * 1024 * 1024


class Load(msgspec.Struct, frozen=True, tag="load", tag_field="type"):
    """Load a model, unloading the present one first.

    Attributes:
        path: The GGUF file.
        context: Tokens of context wanted; None takes what the model was trained on.
        gpu_layers: Layers on graphics cards, the output being one; None lets the
            engine choose.
        threads: CPU threads; None lets the engine choose.
        kv_type: How keys and values are stored; None lets the engine choose.
        batch: Tokens evaluated in one call; None lets the engine choose.
        mmap: Whether the file is mapped instead of read; None lets the engine choose.
        tensor_split: Parts of the layers for each card, in the order of `Hello`; empty
            lets the engine choose.
        id: Chosen by the parent; the `Loaded` or `Failed` that ends it carries it.
    """

    path: str
    context: int | None = None
    gpu_layers: int | None = None
    threads: int | None = None
    kv_type: KvType | None = None
    batch: int | None = None
    mmap: bool | None = None
    tensor_split: tuple[float, ...] = ()
    id: str | None = None


class Unload(msgspec.Struct, frozen=True, tag="unload", tag_field="type"):
    """Give the model's memory back."""


class Tokenize(msgspec.Struct, frozen=True, tag="tokenize", tag_field="type"):
    """Ask for the token ids of a prompt."""

    id: str
    prompt: tuple[Segment, ...]


class Generate(msgspec.Struct, frozen=True, tag="generate", tag_field="type"):
    """Continue a prompt.

    Attributes:
        id: Chosen by the parent; every event of this generation carries it.
        prompt: The whole prompt; what its beginning shares with the last one is not
            evaluated again.
        sampling: How tokens are chosen.
        stop: Where to end; the stop token is reported as a `ControlToken`.
    """

    id: str
    prompt: tuple[Segment, ...]
    sampling: Sampling = Sampling()
    stop: tuple[StopRule, ...] = ()


class Stop(msgspec.Struct, frozen=True, tag="stop", tag_field="type"):
    """End a generation at once; ignored when it has ended already."""

    id: str


Command = Load | Unload | Tokenize | Generate | Stop


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """The engine is there.

    Attributes:
        protocol: `PROTOCOL_VERSION` of the engine.
        engine: Name and version of the backend, such as "llama.cpp (0.3.36)".
        system: Build features and instruction sets in ggml's words.
        devices: What can compute, with the memory that is free there now.
        modules: Libraries that bring devices, the processor's aside.
    """

    protocol: int
    engine: str
    system: str = ""
    devices: tuple[Device, ...] = ()
    modules: tuple[Module, ...] = ()


class LoadProgress(msgspec.Struct, frozen=True, tag="load_progress", tag_field="type"):
    """How far loading has come, 0 to 1."""

    fraction: float


class LoadStep(msgspec.Struct, frozen=True, tag="load_step", tag_field="type"):
    """Memory did not suffice; this is what is tried now.

    Attributes:
        step: What is changed.
        placement: How the model is laid out now.
    """

    step: Step
    placement: Placement


class Loaded(msgspec.Struct, frozen=True, tag="loaded", tag_field="type"):
    """The model is ready."""

    model: ModelInfo
    seconds: float
    id: str | None = None


class Unloaded(msgspec.Struct, frozen=True, tag="unloaded", tag_field="type"):
    """No model is loaded any more."""


class Tokenized(msgspec.Struct, frozen=True, tag="tokenized", tag_field="type"):
    """The token ids of a prompt."""

    id: str
    tokens: tuple[int, ...]


class PromptProgress(
    msgspec.Struct, frozen=True, tag="prompt_progress", tag_field="type"
):
    """How many of a prompt's tokens have been evaluated or were cached."""

    id: str
    done: int
    total: int


class TextDelta(msgspec.Struct, frozen=True, tag="text", tag_field="type"):
    """Text that was generated: whole characters, never half of one."""

    id: str
    text: str


class ControlToken(msgspec.Struct, frozen=True, tag="control", tag_field="type"):
    """A control token that was generated, stop tokens included."""

    id: str
    token: str


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="type"):
    """A generation ended; always the last event with its id."""

    id: str
    reason: FinishReason
    usage: Usage


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="type"):
    """A command failed; the engine lives on.

    Attributes:
        code: What went wrong.
        detail: What makes it concrete.
        id: The command that it ends; None where that had none.
    """

    code: ErrorCode
    detail: str = ""
    id: str | None = None


Event = (
    Hello
    | LoadProgress
    | LoadStep
    | Loaded
    | Unloaded
    | Tokenized
    | PromptProgress
    | TextDelta
    | ControlToken
    | Finished
    | Failed
)

_ENCODER = msgspec.json.Encoder()
_COMMANDS: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Command | Event) -> bytes:
    """One line, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def decode_command(line: bytes) -> Command:
    """Reads a line that came from the parent.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a command.
    """
    try:
        return _COMMANDS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def decode_event(line: bytes) -> Event:
    """Reads a line that came from the engine.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not an event.
    """
    try:
        return _EVENTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error
