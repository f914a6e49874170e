"""The seam's llama.cpp side."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Segment
from app.domain.hardware import Placement, Reason
from app.engine.backend import CancelFlag, GenerationEvent, PreparationEvent
from app.engine.backends.llama import native
from app.engine.backends.llama.devices import devices
from app.engine.backends.llama.generation import Generation
from app.engine.backends.llama.gguf_header import read_needs
from app.engine.backends.llama.loading import check
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.modules import load as load_modules
from app.engine.backends.llama.reading import Reader
from app.engine.backends.llama.saved import states_of
from app.engine.computer import Computer, may_exhaust
from app.engine.host_memory import address_space
from app.engine.ladder import Rung, descend, rungs, shortage
from app.engine.placements import Placements, key_of
from app.engine.protocol import (
    PROTOCOL_VERSION,
    Generate,
    Hello,
    Load,
    LoadProgress,
    LoadStep,
    Prepare,
    Prepared,
)


class LlamaBackend:
    """Runs GGUF files; a `Backend`, whose words its methods follow."""

    def __init__(
        self,
        cancelled: CancelFlag,
        *,
        modules: Path | None = None,
        placements: Path | None = None,
        verbose: bool = False,
    ) -> None:
        """Prepares llama.cpp.

        Args:
            cancelled: Ends what is being done, in the midst of native code too.
            modules: The user's folder of ggml modules; one for each version of
                llama-cpp-python lies in it.
            placements: The file that remembers what worked.
            verbose: Whether all that llama.cpp logs goes to stderr.
        """
        self._cancelled = cancelled
        self._placements = Placements(placements)
        self._log = native.NativeLog(verbose=verbose)
        own = () if modules is None else (modules / native.version(),)
        self._modules = load_modules(own, self._log)
        ll.llama_backend_init()
        self._model: Model | None = None
        self._reader: Reader | None = None

    def hello(self) -> Hello:
        """llama.cpp's version, build features and devices."""
        return Hello(
            protocol=PROTOCOL_VERSION,
            engine=native.engine_name(),
            system=native.system_info(),
            devices=devices(),
            modules=self._modules,
        )

    def load(
        self, command: Load, report: Callable[[LoadProgress | LoadStep], None]
    ) -> ModelInfo:
        """Loads a GGUF file in the best placement that memory allows."""
        self.unload()
        check(command)

        def attempt(placement: Placement) -> tuple[Model, Reader]:
            model = Model(
                command,
                placement,
                lambda fraction: report(LoadProgress(fraction)),
                cancelled=self._cancelled,
                log=self._log,
            )
            try:
                states = states_of(command, model)
                return model, Reader(model, states, cancelled=self._cancelled)
            except BaseException:
                model.close()
                raise

        seen = devices()
        computer = Computer.of(seen)
        ladder = rungs(read_needs(Path(command.path), self._log), computer, command)
        best = ladder[0].placement
        if Reason.TOO_LARGE in best.reasons:
            detail = shortage(best, computer.host_room)
            raise UserError(ErrorCode.OUT_OF_MEMORY, detail)
        suspect = may_exhaust(best, computer, address_space())
        self._model, self._reader = descend(
            ladder,
            attempt,
            lambda rung: report(_step(rung)),
            record=self._placements.record(
                key_of(command, seen), free=computer.free, suspect=suspect
            ),
            less=command.less and suspect,
        )
        return self._model.info

    def unload(self) -> None:
        """Frees weights, context and cache."""
        model, self._model, self._reader = self._model, None, None
        if model is not None:
            model.close()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """Reads the prompt segment by segment, messages with the chat template."""
        return tuple(self._loaded().tokenize(prompt))

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


def _step(rung: Rung) -> LoadStep:
    """The event for another attempt."""
    if rung.step is None:
        msg = "the first attempt is no step"
        raise ValueError(msg)
    return LoadStep(rung.step, rung.placement)
