"""The seam's llama.cpp side."""

import time
from collections.abc import Callable, Iterator

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Segment
from app.engine.backend import CancelFlag, GenerationEvent, PreparationEvent
from app.engine.backends.llama import native
from app.engine.backends.llama.generation import Generation
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.reading import Reader
from app.engine.backends.llama.saved import states_of
from app.engine.protocol import (
    PROTOCOL_VERSION,
    Generate,
    Hello,
    Load,
    Prepare,
    Prepared,
)


class LlamaBackend:
    """Runs GGUF files; a `Backend`, whose words its methods follow."""

    def __init__(self, cancelled: CancelFlag, *, verbose: bool = False) -> None:
        """Prepares llama.cpp.

        Args:
            cancelled: Ends what is being done, in the midst of native code too.
            verbose: Whether all that llama.cpp logs goes to stderr.
        """
        self._cancelled = cancelled
        self._log = native.NativeLog(verbose=verbose)
        ll.llama_backend_init()
        self._devices = native.Devices()
        self._model: Model | None = None
        self._reader: Reader | None = None

    def hello(self) -> Hello:
        """llama.cpp's version, build features and devices."""
        return Hello(
            protocol=PROTOCOL_VERSION,
            engine=native.engine_name(),
            system=native.system_info(),
            devices=self._devices.names,
        )

    def load(self, command: Load, progress: Callable[[float], None]) -> ModelInfo:
        """Loads a GGUF file."""
        self.unload()
        model = self._model = Model(
            command,
            progress,
            cancelled=self._cancelled,
            devices=self._devices,
            log=self._log,
        )
        states = states_of(command, model)
        self._reader = Reader(model, states, cancelled=self._cancelled)
        return model.info

    def unload(self) -> None:
        """Frees weights, context and cache."""
        model, self._model, self._reader = self._model, None, None
        if model is not None:
            model.close()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """Reads the prompt segment by segment."""
        return tuple(self._loaded().vocabulary.tokenize(prompt))

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Continues a prompt, keeping what the cache shares with it."""
        started = time.perf_counter()
        model, reader = self._loaded(), self._reading()
        generation = Generation(command, model, reader, cancelled=self._cancelled)
        yield from generation.run(started)

    def prepare(self, command: Prepare) -> Iterator[PreparationEvent]:
        """Reads a prompt into the cache."""
        started = time.perf_counter()
        reading = yield from self._reading().read(command)
        usage = reading.usage(time.perf_counter() - started)
        yield Prepared(command.id, usage, reading.complete)

    def spare_work(self) -> Iterator[None]:
        """Saves what has been evaluated."""
        return iter(()) if self._reader is None else self._reader.save()

    def forget(self, chat: str) -> None:
        """Deletes a chat's states and takes it out of the cache."""
        if self._reader is not None:
            self._reader.forget(chat)

    def close(self) -> None:
        """Unloads and lets go of the devices."""
        self.unload()
        ll.llama_backend_free()

    def _reading(self) -> Reader:
        """What reads prompts for the present model.

        Raises:
            UserError: `ErrorCode.MODEL_NOT_LOADED`.
        """
        if self._reader is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        return self._reader

    def _loaded(self) -> Model:
        """The present model.

        Raises:
            UserError: `ErrorCode.MODEL_NOT_LOADED`.
        """
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        return self._model
