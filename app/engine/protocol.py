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
      ◀── PromptProgress … TextDelta / ControlToken / TokenScored … Finished ──
      ── Stop ─────────────────────▶   (Finished with reason "cancelled")
      ── Prepare ──────────────────▶
      ◀── PromptProgress … Prepared ──

`Prepare` is work in advance: any command that follows ends it, `Count` excepted. That
one is answered between two steps of whatever runs, so that a front end can count while
the user types.

From the start to `Hello`, and as long as a command waits or is carried out, the engine
says `Alive` every `BEAT_SECONDS`, among whatever else it says.
"""

from typing import Final

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import (
    FinishReason,
    Grammar,
    ModelInfo,
    Sampling,
    ScoredToken,
    Segment,
    StopRule,
    Usage,
)
from app.domain.hardware import Device, KvType, Module, Placement, Step
from app.domain.remote import ServerKey

PROTOCOL_VERSION: Final = 4
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
BEAT_SECONDS: Final = 2.0
_LONGEST_DETAIL: Final = 200


class Load(msgspec.Struct, frozen=True, tag="load", tag_field="type"):
    """Load a model, unloading the present one first.

    Attributes:
        path: The GGUF file, or the link of a model on a server.
        context: Tokens of context wanted; None takes what the model was trained on.
        gpu_layers: Layers on graphics cards, the output being one; None lets the
            engine choose.
        threads: CPU threads; None lets the engine choose.
        kv_type: How keys and values are stored; None lets the engine choose.
        batch: Tokens evaluated in one call; None lets the engine choose.
        mmap: Whether the file is mapped instead of read; None lets the engine choose.
        tensor_split: Parts of the layers for each card, in the order of `Hello`; empty
            lets the engine choose.
        state_folder: Where keys and values are kept over restarts; None keeps none.
        state_budget: Bytes that all that is kept there may take.
        id: Chosen by the parent; the `Loaded` or `Failed` that ends it carries it.
        key: The server's key; None takes the one in the engine's environment.
        speculation: Whether tokens are drafted from what the context holds and
            evaluated several at a time. None does so where it pays and changes
            nothing that was settled in advance; True wherever it pays, though batches
            may round differently; False never. Servers have their own ways.
        less: Whether what worked when it was loaded did not suffice to use it: where
            it may have been memory, the first attempt is one step smaller.
    """

    path: str
    context: int | None = None
    gpu_layers: int | None = None
    threads: int | None = None
    kv_type: KvType | None = None
    batch: int | None = None
    mmap: bool | None = None
    tensor_split: tuple[float, ...] = ()
    state_folder: str | None = None
    state_budget: int = 0
    id: str | None = None
    key: ServerKey | None = None
    speculation: bool | None = None
    less: bool = False


class Unload(msgspec.Struct, frozen=True, tag="unload", tag_field="type"):
    """Give the model's memory back."""


class Tokenize(msgspec.Struct, frozen=True, tag="tokenize", tag_field="type"):
    """Ask for the token ids of a prompt.

    Attributes:
        id: Chosen by the parent.
        prompt: The prompt.
        each: Whether the answer shall say how many tokens each segment has. Not for
            messages, which have none apart from the rest of their chat.
    """

    id: str
    prompt: tuple[Segment, ...]
    each: bool = False


class Count(msgspec.Struct, frozen=True, tag="count", tag_field="type"):
    """Ask how many tokens some prompts have; it disturbs nothing.

    Attributes:
        id: Chosen by the parent.
        prompts: The prompts. Each stands for itself, even if it begins like another.
    """

    id: str
    prompts: tuple[tuple[Segment, ...], ...]


class Generate(msgspec.Struct, frozen=True, tag="generate", tag_field="type"):
    """Continue a prompt.

    Attributes:
        id: Chosen by the parent; every event of this generation carries it.
        prompt: The whole prompt; what the cache holds of it is not evaluated again.
        sampling: How tokens are chosen.
        stop: Where to end; the stop token is reported as a `ControlToken`.
        prefix_segments: How many segments at its beginning are the constant prefix,
            which other chats begin with too.
        chat: Id of the chat; empty where it is not to be told apart.
        shift: Turns have been left out of this chat: what follows them may be moved in
            the cache, although it was evaluated when they were still there.
        candidates: Continuations to write at the same time, each with a seed of its
            own; the engine may write fewer.
        logprobs: Likeliest tokens to report in a `TokenScored` for each token that is
            generated, at most `MOST_SCORES`; 0 reports none. Nor does a model on a
            server.
        grammar: What the text must look like; None leaves it free. A model on a
            server is always free: its grammars know no text without control tokens.
    """

    id: str
    prompt: tuple[Segment, ...]
    sampling: Sampling = Sampling()
    stop: tuple[StopRule, ...] = ()
    prefix_segments: int = 0
    chat: str = ""
    shift: bool = False
    candidates: int = 1
    logprobs: int = 0
    grammar: Grammar | None = None


class Prepare(msgspec.Struct, frozen=True, tag="prepare", tag_field="type"):
    """Bring a prompt into the cache before it is needed: from disk, or by evaluation.

    Any command that follows ends it, so that nobody waits for work in advance; what
    was done until then is kept.

    Attributes:
        id: Chosen by the parent; every event of it carries this.
        prompt: What the next `Generate` will begin with.
        prefix_segments: As in `Generate`; likewise the others.
        chat: Whose prompt it is.
        shift: Whether turns have been left out.
    """

    id: str
    prompt: tuple[Segment, ...]
    prefix_segments: int = 0
    chat: str = ""
    shift: bool = False


class Forget(msgspec.Struct, frozen=True, tag="forget", tag_field="type"):
    """Forget a chat, in memory and on disk; the user has deleted it."""

    chat: str


class ListModels(msgspec.Struct, frozen=True, tag="list_models", tag_field="type"):
    """Ask a server which models it has; what is loaded stays loaded.

    Attributes:
        id: Chosen by the parent; `ModelsListed` or `Failed` carries it.
        address: The server, as in a link.
        key: Its key; None takes the one in the engine's environment.
    """

    id: str
    address: str
    key: ServerKey | None = None


class Stop(msgspec.Struct, frozen=True, tag="stop", tag_field="type"):
    """End what has this id at once; ignored when it has ended already."""

    id: str


Command = (
    Load | Unload | Tokenize | Count | Generate | Prepare | Forget | ListModels | Stop
)


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


class Alive(msgspec.Struct, frozen=True, tag="alive", tag_field="type"):
    """The process runs; it says nothing of whether its work comes on.

    Attributes:
        elsewhere: What it waits for is not on this computer, and is given up in time.
    """

    elsewhere: bool = False


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
    """The token ids of a prompt.

    Attributes:
        id: That of the command.
        tokens: The ids.
        counts: How many of them each segment has; empty unless asked for.
    """

    id: str
    tokens: tuple[int, ...]
    counts: tuple[int, ...] = ()


class Counted(msgspec.Struct, frozen=True, tag="counted", tag_field="type"):
    """How many tokens each prompt of a `Count` has."""

    id: str
    counts: tuple[int, ...]


class ModelsListed(msgspec.Struct, frozen=True, tag="models_listed", tag_field="type"):
    """The names of a server's models, in its order."""

    id: str
    names: tuple[str, ...]


class PromptProgress(
    msgspec.Struct, frozen=True, tag="prompt_progress", tag_field="type"
):
    """How many of a prompt's tokens have been evaluated or were cached."""

    id: str
    done: int
    total: int


class TextDelta(msgspec.Struct, frozen=True, tag="text", tag_field="type"):
    """Text that was generated: whole characters, never half of one.

    Attributes:
        id: That of the generation.
        text: The text.
        candidate: Which of several continuations it belongs to, from 0.
    """

    id: str
    text: str
    candidate: int = 0


class ControlToken(msgspec.Struct, frozen=True, tag="control", tag_field="type"):
    """A control token that was generated, stop tokens included.

    Attributes:
        id: That of the generation.
        token: Its own text; empty where a server does not say which one it was.
        candidate: Which of several continuations it belongs to, from 0.
    """

    id: str
    token: str
    candidate: int = 0


class TokenScored(msgspec.Struct, frozen=True, tag="scored", tag_field="type"):
    """A token was generated; this comes before its text, if it has any yet.

    Attributes:
        id: That of the generation.
        chosen: The token.
        best: The likeliest tokens, likeliest first, padding left out; the chosen one
            need not be among them.
        candidate: Which of several continuations it belongs to, from 0.
    """

    id: str
    chosen: ScoredToken
    best: tuple[ScoredToken, ...]
    candidate: int = 0


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="type"):
    """A generation ended; always the last event with its id.

    Attributes:
        id: That of the generation.
        reason: Why; with several continuations that of the first one.
        usage: What it cost; all continuations together.
        reasons: Why each continuation ended; empty unless several were asked for.
    """

    id: str
    reason: FinishReason
    usage: Usage
    reasons: tuple[FinishReason, ...] = ()


class Prepared(msgspec.Struct, frozen=True, tag="prepared", tag_field="type"):
    """A preparation ended; always the last event with its id.

    Attributes:
        id: That of the preparation.
        usage: What it cost.
        complete: False when something ended it before the whole prompt was there.
    """

    id: str
    usage: Usage
    complete: bool = True


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="type"):
    """A command failed; the engine lives on.

    Attributes:
        code: What went wrong.
        detail: What makes it concrete.
        id: The command that it ends; None where that had none.
        unloaded: Whether the model is gone; it can be loaded again, with `less`.
    """

    code: ErrorCode
    detail: str = ""
    id: str | None = None
    unloaded: bool = False


Event = (
    Hello
    | Alive
    | LoadProgress
    | LoadStep
    | Loaded
    | Unloaded
    | Tokenized
    | Counted
    | ModelsListed
    | PromptProgress
    | TextDelta
    | ControlToken
    | TokenScored
    | Finished
    | Prepared
    | Failed
)

_ENCODER = msgspec.json.Encoder()
_COMMANDS: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Command | Event) -> bytes:
    """One line, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def refusal(command: Command, line: bytes) -> Event | None:
    """What the parent answers in the engine's place to a command that is too large.

    Args:
        command: The command.
        line: The same, encoded.

    Returns:
        The answer; None for a command that can be sent.
    """
    if len(line) <= MAX_LINE_BYTES:
        return None
    code = ErrorCode.PROMPT_TOO_LONG
    detail = f"{len(line)} bytes"
    name = None if isinstance(command, Unload | Forget) else command.id
    return Failed(code, detail, name)


def decode_command(line: bytes) -> Command:
    """Reads a line that came from the parent.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a command.
    """
    try:
        return _COMMANDS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _protocol_error(error) from error


def decode_event(line: bytes) -> Event:
    """Reads a line that came from the engine.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not an event.
    """
    try:
        return _EVENTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _protocol_error(error) from error


def _protocol_error(error: Exception) -> UserError:
    """What is wrong with a line; the line itself may be quoted in it, all of it."""
    return UserError(ErrorCode.PROTOCOL, str(error)[:_LONGEST_DETAIL])
