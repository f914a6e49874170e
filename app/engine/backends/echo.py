"""A backend without a model: deterministic replies, for tests and for trying the GUI.

It follows MOSS's protocol. A question is answered with itself; a question that holds
commands as MOSS writes them, such as `Calculate("1+1")`, makes the first stage ask for
them and the second answer with their results. Three words in a question make it
misbehave:

* `/wait` -- the answer stops in the middle until the generation is stopped
* `/die` -- the process ends in the middle of the answer
* `/fail` -- a bug: an exception that nobody expects

Any existing file is loaded as a model; its form is its stem where that is "sft",
"base" or "chat", otherwise "plugin".
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Segment, Usage
from app.domain.hardware import Device
from app.engine.backend import CancelFlag, GenerationEvent, PreparationEvent
from app.engine.protocol import (
    PROTOCOL_VERSION,
    ControlToken,
    Finished,
    Generate,
    Hello,
    Load,
    LoadProgress,
    LoadStep,
    Prepare,
    Prepared,
    PromptProgress,
    TextDelta,
)
from app.engine.text import StopMatcher, TextDecoder, common_prefix

CONTROL_TOKENS: Final = ("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>", "<|endoftext|>")
"""Control tokens; ids follow the 256 bytes, which are the other tokens."""
WAIT, DIE, FAIL = "/wait", "/die", "/fail"
EXIT_CODE: Final = 70

_BYTES: Final = 256
_FORMS: Final = ("sft", "base", "chat")
_CONTEXT: Final = 32768
_LABELS: Final = {"question": "<|Human|>: ", "results": "<|Results|>:"}
_COMMAND: Final = re.compile(r'\b(?:Search|Calculate|Solve|Text2Image)\(".*?"\)')
_WORD: Final = re.compile(r"\s*\S+|\s+")


class EchoBackend:
    """Says back what it is told; a `Backend`, whose words its methods follow."""

    def __init__(self, cancelled: CancelFlag) -> None:
        self._cancelled = cancelled
        self._model: ModelInfo | None = None
        self._evaluated: tuple[int, ...] = ()

    def hello(self) -> Hello:
        """One made-up device."""
        return Hello(PROTOCOL_VERSION, engine="echo", devices=(Device("CPU"),))

    def load(
        self, command: Load, report: Callable[[LoadProgress | LoadStep], None]
    ) -> ModelInfo:
        """Takes any file for a model."""
        self.unload()
        path = Path(command.path)
        if not path.is_file():
            raise UserError(ErrorCode.MODEL_NOT_FOUND, str(path))
        for quarter in range(5):
            report(LoadProgress(quarter / 4))
        self._model = ModelInfo(
            path=str(path),
            name="Echo",
            architecture="echo",
            form=path.stem if path.stem in _FORMS else "plugin",
            demo=False,
            parameters=0,
            size_bytes=path.stat().st_size,
            vocabulary=_BYTES + len(CONTROL_TOKENS),
            context=min(command.context or _CONTEXT, _CONTEXT),
            device="CPU",
        )
        return self._model

    def unload(self) -> None:
        """Forgets the model."""
        self._model, self._evaluated = None, ()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """One token for a byte, one for a control token."""
        self._loaded()
        return _tokenize(prompt)

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Writes the reply, a word at a time."""
        started = time.perf_counter()
        model = self._loaded()
        prompt = _tokenize(command.prompt)
        if len(prompt) > model.context:
            detail = f"{len(prompt)} tokens, {model.context} fit"
            raise UserError(ErrorCode.PROMPT_TOO_LONG, detail)
        cached = common_prefix(self._evaluated, prompt[:-1])
        self._evaluated = prompt
        yield PromptProgress(command.id, cached, len(prompt))
        yield PromptProgress(command.id, len(prompt), len(prompt))
        ready = time.perf_counter()
        room = model.context - len(prompt) + 1
        writer = _Writer(command, self._cancelled, room)
        yield from writer.write(_reply(model.form, command.prompt))
        usage = Usage(
            prompt_tokens=len(prompt),
            cached_tokens=cached,
            generated_tokens=writer.generated,
            prompt_seconds=ready - started,
            generate_seconds=time.perf_counter() - ready,
            seed=command.sampling.seed or 0,
        )
        yield Finished(command.id, writer.reason, usage)

    def prepare(self, command: Prepare) -> Iterator[PreparationEvent]:
        """Remembers the prompt."""
        prompt = _tokenize(command.prompt)
        cached = common_prefix(self._evaluated, prompt)
        self._evaluated = prompt
        yield Prepared(command.id, Usage(len(prompt), cached))

    def spare_work(self) -> Iterator[None]:
        """There is none."""
        return iter(())

    def forget(self, chat: str) -> None:  # noqa: ARG002  (it tells no chats apart)
        """Forgets the prompt, whoever's it was."""
        self._evaluated = ()

    def close(self) -> None:
        """Nothing is held."""

    def _loaded(self) -> ModelInfo:
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        return self._model


class _Writer:
    """Writes a reply within the rules of a generation.

    Attributes:
        generated: Tokens so far.
        reason: Why it ended.
    """

    def __init__(self, command: Generate, cancelled: CancelFlag, room: int) -> None:
        self.generated = 0
        self.reason = FinishReason.LENGTH
        self._id = command.id
        self._cancelled = cancelled
        self._stop = StopMatcher(command.stop, _control_id)
        self._most = command.sampling.max_tokens
        self._room = room
        self._text = TextDecoder()

    def write(self, reply: Sequence[Segment]) -> Iterator[GenerationEvent]:
        """Yields the reply up to where something ends it."""
        for piece in _words(reply):
            if piece.text.strip() == WAIT:
                self._cancelled.wait()
            elif piece.text.strip() == DIE:
                os._exit(EXIT_CODE)
            elif piece.text.strip() == FAIL:
                msg = "the question asked for it"
                raise RuntimeError(msg)
            if self._cancelled.is_set():
                self.reason = FinishReason.CANCELLED
                return
            yield from self._write_piece(piece)
            if piece.control and self._ends_at(piece.text):
                self.reason = FinishReason.STOP
                return
            if self._full():
                return

    def _write_piece(self, piece: Segment) -> Iterator[GenerationEvent]:
        tokens = _tokenize((piece,))
        tokens = tokens[: min(self._most, self._room) - self.generated]
        self.generated += len(tokens)
        if piece.control:
            yield ControlToken(self._id, piece.text)
        elif text := self._text.feed(bytes(tokens)):
            self._stop.wrote(text)
            yield TextDelta(self._id, text)

    def _ends_at(self, text: str) -> bool:
        token = _control_id(text)
        return token is not None and self._stop.ends_at(token)

    def _full(self) -> bool:
        """Whether no further token may be written; notes why."""
        if self.generated < min(self._most, self._room):
            return False
        if self._room < self._most:
            self.reason = FinishReason.CONTEXT_FULL
        return True


def _reply(form: str, prompt: Sequence[Segment]) -> tuple[Segment, ...]:
    """What a model of this form writes after this prompt."""
    text = "".join(segment.text for segment in prompt)
    question = text.rpartition(_LABELS["question"])[2].partition("<eoh>")[0]
    if form == "base":
        return (Segment(text), Segment("<|endoftext|>", control=True))
    if form == "chat":
        return (Segment(prompt[-1].text), Segment("<|endoftext|>", control=True))
    if form == "plugin" and not text.endswith("<|MOSS|>:"):
        commands = ", ".join(_COMMAND.findall(question)) or "None"
        return (
            Segment(" <|Inner Thoughts|>: Someone asks for an echo."),
            Segment("<eot>", control=True),
            Segment(f"\n<|Commands|>: {commands}"),
            Segment("<eoc>", control=True),
        )
    results = text.rpartition(_LABELS["results"])[2].partition("<eor>")[0].strip()
    answer = question if results in {"", "None"} or form != "plugin" else results
    return (Segment(f" {answer}"), Segment("<eom>", control=True))


def _words(reply: Sequence[Segment]) -> Iterator[Segment]:
    for segment in reply:
        if segment.control:
            yield segment
        else:
            yield from (Segment(word) for word in _WORD.findall(segment.text))


def _control_id(text: str) -> int | None:
    if text not in CONTROL_TOKENS:
        return None
    return _BYTES + CONTROL_TOKENS.index(text)


def _tokenize(prompt: Sequence[Segment]) -> tuple[int, ...]:
    """The ids of a prompt.

    Raises:
        UserError: `ErrorCode.MODEL_UNSUPPORTED` for an unknown control token.
    """
    tokens: list[int] = []
    for segment in prompt:
        if not segment.control:
            tokens += segment.text.encode("utf-8", "replace")
            continue
        token = _control_id(segment.text)
        if token is None:
            detail = f"the model has no control token {segment.text}"
            raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
        tokens.append(token)
    return tuple(tokens)
