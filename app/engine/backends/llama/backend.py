"""The seam's llama.cpp side."""

import time
from collections.abc import Callable, Iterator

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Segment
from app.engine.backend import CancelFlag, GenerationEvent
from app.engine.backends.llama import native
from app.engine.backends.llama.generation import Generation
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.sampler import Sampler
from app.engine.protocol import PROTOCOL_VERSION, Generate, Hello, Load


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
        self._model = Model(
            command,
            progress,
            cancelled=self._cancelled,
            devices=self._devices,
            log=self._log,
        )
        return self._model.info

    def unload(self) -> None:
        """Frees weights, context and cache."""
        model, self._model = self._model, None
        if model is not None:
            model.close()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """Reads the prompt segment by segment."""
        return tuple(self._loaded().vocabulary.tokenize(prompt))

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Continues a prompt, keeping what the cache shares with it."""
        started = time.perf_counter()
        model = self._loaded()
        prompt = model.vocabulary.tokenize(command.prompt)
        if not prompt:
            raise UserError(ErrorCode.PROTOCOL, "the prompt is empty")
        if len(prompt) > model.window:
            detail = f"{len(prompt)} tokens, {model.window} fit"
            raise UserError(ErrorCode.PROMPT_TOO_LONG, detail)
        with Sampler(command.sampling, model.vocabulary, model.window) as sampler:
            generation = Generation(command, model, sampler, cancelled=self._cancelled)
            yield from generation.run(prompt, started)

    def close(self) -> None:
        """Unloads and lets go of the devices."""
        self.unload()
        ll.llama_backend_free()

    def _loaded(self) -> Model:
        """The present model.

        Raises:
            UserError: `ErrorCode.MODEL_NOT_LOADED`.
        """
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        return self._model
