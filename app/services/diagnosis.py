"""What this computer has, what fits on it, and how fast a model is.

Everything is asked of a real engine. What is found may be shown to others: it has no
paths and no names of files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling, Segment, Usage
from app.domain.hardware import Device, Module, Placement
from app.engine import protocol
from app.engine.computer import Computer
from app.engine.memory import features_of, repacked_types
from app.engine.moss_sizes import QUANTIZATIONS, moss_needs
from app.engine.planner import Planner
from app.services.environment import Environment
from app.services.words import Phrase, placement_phrases, step_phrase

TOKENS: Final = 20
"""How many tokens are written for the benchmark."""
_TRIES: Final = 10
_TEXT: Final = "I count {0} apples. " + "One apple and another apple are two. " * 8


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would be laid out.

    Attributes:
        model: Which.
        placement: How.
        told: What the user would be told, in English.
    """

    model: str
    placement: Placement
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """How fast a model is.

    Attributes:
        model: Its own name; empty where the file has none.
        quantization: Its type.
        size: Bytes of its tensors.
        placement: How it is laid out.
        told: What the user is told of that, in English.
        load_seconds: How long loading took.
        usage: What reading and writing cost.
    """

    model: str
    quantization: str
    size: int
    placement: Placement
    told: tuple[str, ...]
    load_seconds: float
    usage: Usage

    @property
    def read_per_second(self) -> float:
        """Tokens of a prompt in a second."""
        read = self.usage.prompt_tokens - self.usage.cached_tokens
        seconds = self.usage.prompt_seconds
        return read / seconds if seconds > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings.

    Attributes:
        engine: Name and version.
        features: What the build and the processor have.
        devices: What can compute.
        modules: Libraries that bring devices.
        fits: What would fit.
        benchmark: How fast the model was; None when there was none to measure.
        environment: The program and its data; None where nobody looked.
    """

    engine: str
    features: tuple[str, ...]
    devices: tuple[Device, ...]
    modules: tuple[Module, ...]
    fits: tuple[Fit, ...]
    benchmark: Benchmark | None = None
    environment: Environment | None = None


class Channel(Protocol):
    """An engine that has just been started."""

    def send(self, command: protocol.Command) -> None:
        """Writes a command."""

    def receive(self) -> protocol.Event:
        """Waits for an event."""


def survey(engine: Channel) -> Report:
    """What there is and what would fit, by the engine's first words.

    Raises:
        UserError: The engine is gone, or says something else.
    """
    hello = engine.receive()
    if not isinstance(hello, protocol.Hello):
        raise UserError(ErrorCode.PROTOCOL, str(hello))
    features = features_of(hello.system)
    computer = Computer.of(hello.devices)
    return Report(
        engine=hello.engine,
        features=tuple(sorted(features)),
        devices=hello.devices,
        modules=hello.modules,
        fits=tuple(
            _fit(kind, computer, repacked_types(features)) for kind in QUANTIZATIONS
        ),
    )


def measure(engine: Channel, model: Path, told: Callable[[Phrase], None]) -> Benchmark:
    """Loads a model, has it read a text and write `TOKENS` tokens.

    Args:
        engine: The engine.
        model: A GGUF file.
        told: Called with each step that loading takes.

    Raises:
        UserError: The model cannot be loaded, or the engine is gone.
    """
    engine.send(protocol.Load(str(model)))
    while not isinstance(event := _checked(engine.receive()), protocol.Loaded):
        if isinstance(event, protocol.LoadStep):
            told(step_phrase(event.step, event.placement))
    info = event.model
    usage = Usage()
    for number in range(_TRIES):
        if usage.generated_tokens >= TOKENS:
            break
        usage = _sum(usage, _written(engine, number, TOKENS - usage.generated_tokens))
    return Benchmark(
        model="" if info.name == model.stem else info.name,
        quantization=info.quantization,
        size=info.size_bytes,
        placement=info.placement,
        told=tuple(phrase.english for phrase in placement_phrases(info.placement)),
        load_seconds=event.seconds,
        usage=usage,
    )


def _written(engine: Channel, number: int, tokens: int) -> Usage:
    """What one continuation costs; it may end early, where the model says so."""
    prompt = (Segment(_TEXT.format(number)),)
    sampling = Sampling(temperature=0, max_tokens=tokens)
    engine.send(protocol.Generate("doctor", prompt, sampling))
    while not isinstance(event := _checked(engine.receive()), protocol.Finished):
        pass
    return event.usage


def _checked(event: protocol.Event) -> protocol.Event:
    if isinstance(event, protocol.Failed):
        raise UserError(event.code, event.detail)
    return event


def _sum(one: Usage, two: Usage) -> Usage:
    return Usage(
        prompt_tokens=one.prompt_tokens + two.prompt_tokens,
        cached_tokens=one.cached_tokens + two.cached_tokens,
        generated_tokens=one.generated_tokens + two.generated_tokens,
        prompt_seconds=one.prompt_seconds + two.prompt_seconds,
        generate_seconds=one.generate_seconds + two.generate_seconds,
    )


def _fit(kind: str, computer: Computer, repacked: frozenset[str]) -> Fit:
    needs = moss_needs(kind, repacked)
    placement = Planner(needs, computer, protocol.Load("")).plan()
    told = tuple(phrase.english for phrase in placement_phrases(placement))
    return Fit(f"MOSS 16B {kind}", placement, told)
