"""A loaded model: weights, vocabulary, context, and what has been evaluated in it."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo
from app.engine.backend import CancelFlag
from app.engine.backends.llama.cache import SEQUENCES, Cache
from app.engine.backends.llama.native import Devices, NativeLog, abort_when_text
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.processors import decoding_threads, thread_count
from app.engine.protocol import Load

_MAGIC: Final = b"GGUF"
_CPU_BATCH_TOKENS: Final = 128
_GPU_BATCH_TOKENS: Final = 512
"""Tokens evaluated in one call: between calls progress is told, and on a GPU only
there a prompt can be cancelled. On a CPU 512 are some 5 % faster, but would leave a
large model silent for a minute."""
_PROGRESS_STEP: Final = 0.01
_BF16: Final = 30
"""ggml.h's `GGML_TYPE_BF16`, which llama_cpp does not name."""
_UNQUANTIZED: Final = {ll.GGML_TYPE_F32, ll.GGML_TYPE_F16, _BF16}
_MEMORY_WORDS: Final = (
    "unable to allocate",
    "failed to allocate",
    "out of memory",
    "bad_alloc",
    "mmap failed",
)
_UNSUPPORTED_WORDS: Final = (
    "unknown model architecture",
    "unknown pre-tokenizer",
    "this software only supports",
)


class Model:
    """Weights, vocabulary and context of one GGUF file.

    Attributes:
        info: What the file says of itself and how it is run.
        vocabulary: Its tokens.
        context: llama.cpp's context, for sampling.
        window: Tokens that fit.
        cache: What has been evaluated.
        key_type: ggml's type of the keys in it.
        value_type: ggml's type of the values in it.
    """

    def __init__(
        self,
        command: Load,
        progress: Callable[[float], None],
        *,
        cancelled: CancelFlag,
        devices: Devices,
        log: NativeLog,
    ) -> None:
        """Loads.

        Raises:
            UserError: What stands in the way; nothing is kept in memory then.
        """
        path = Path(command.path)
        _check_file(path)
        _check_numbers(command)
        self._log = log
        self._cancelled = cancelled
        self._abort = abort_when_text()
        offload = bool(devices.gpu) and command.gpu_layers != 0
        self._model = self._load_weights(command, progress, offload=offload)
        try:
            self.vocabulary: Final = Vocabulary(self._model)
            self.window: Final = self._choose_window(command.context)
            self.context: Final = self._make_context(
                command.threads,
                batch=_GPU_BATCH_TOKENS if offload else _CPU_BATCH_TOKENS,
            )
        except BaseException:
            ll.llama_model_free(self._model)
            raise
        self.cache: Final = Cache(
            self.context, log, window=self.window, can_shift=self._can_shift()
        )
        self.info: Final = self._describe(path, devices.gpu if offload else "CPU")

    def close(self) -> None:
        """Frees everything; the object must not be used afterwards."""
        ll.llama_free(self.context)
        ll.llama_model_free(self._model)

    @property
    def keeps_stretches(self) -> bool:
        """Whether the cache has every token by itself, so that parts can be copied.

        Not so in a recurrent model, nor where layers forget what is far away.
        """
        forgets = ll.llama_model_n_swa(self._model) > 0
        return self.cache.has_sequences and not forgets

    def _load_weights(
        self, command: Load, progress: Callable[[float], None], *, offload: bool
    ) -> ll.llama_model_p:
        """Reads the file; progress is passed on in steps of a percent."""
        reported = -1.0

        def report(fraction: float, _user_data: object) -> bool:
            nonlocal reported
            if fraction >= reported + _PROGRESS_STEP or fraction >= 1 > reported:
                reported = fraction
                progress(fraction)
            return not self._cancelled.is_set()

        parameters = ll.llama_model_default_params()
        layers = -1 if command.gpu_layers is None else command.gpu_layers
        parameters.n_gpu_layers = layers if offload else 0
        parameters.progress_callback = ll.llama_progress_callback(report)
        self._log.clear()
        path = command.path.encode()
        model: ll.llama_model_p | None = ll.llama_model_load_from_file(path, parameters)
        if model is None:
            raise self._load_error()
        return model

    def _make_context(self, threads: int | None, *, batch: int) -> ll.llama_context_p:
        """A context with room for one token's logits of each sequence."""
        parameters = ll.llama_context_default_params()
        parameters.n_ctx = self.window
        parameters.n_batch = parameters.n_ubatch = min(batch, self.window)
        # All sequences share one cache. A recurrent model has a state for each.
        parameters.n_seq_max = 1 if self._is_recurrent() else SEQUENCES
        parameters.kv_unified = True
        # By default logits for a whole batch: 219 MB with MOSS's vocabulary.
        parameters.n_outputs_max = parameters.n_seq_max
        parameters.n_threads_batch = threads or thread_count()
        parameters.n_threads = threads or decoding_threads(
            ll.llama_model_size(self._model)
        )
        parameters.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_AUTO
        parameters.no_perf = True
        parameters.abort_callback = self._abort
        parameters.abort_callback_data = self._cancelled.address
        self._log.clear()
        context: ll.llama_context_p | None
        context = ll.llama_init_from_model(self._model, parameters)
        if context is None:
            raise UserError(ErrorCode.OUT_OF_MEMORY, self._log.last_error())
        self.key_type: int = parameters.type_k
        self.value_type: int = parameters.type_v
        return context

    def _is_recurrent(self) -> bool:
        """Whether it keeps a state in which tokens cannot be told apart."""
        kinds = (ll.llama_model_is_recurrent, ll.llama_model_is_hybrid)
        return any(kind(self._model) for kind in kinds)

    def _can_shift(self) -> bool:
        """Whether keys can be moved to other places.

        Not when they are quantized: llama.cpp 0.3.36 of llama-cpp-python then ends the
        process where it shifts. It undoes a rotation as wide as a head on the `n_rot`
        first numbers of it, or one that is not there (`build_rope_shift`).
        """
        memory = ll.llama_get_memory(self.context)
        return (
            ll.llama_memory_can_shift(memory)
            and self.key_type in _UNQUANTIZED
            and not self._is_recurrent()
        )

    def _choose_window(self, wanted: int | None) -> int:
        """What was asked for, within what the model was trained on."""
        trained: int = ll.llama_model_n_ctx_train(self._model)
        return trained if wanted is None else min(wanted, trained)

    def _load_error(self) -> UserError:
        """What llama.cpp's messages say of a load that failed."""
        problems = self._log.problems().lower()
        if any(word in problems for word in _UNSUPPORTED_WORDS):
            code = ErrorCode.MODEL_UNSUPPORTED
        elif any(word in problems for word in _MEMORY_WORDS):
            code = ErrorCode.OUT_OF_MEMORY
        else:
            code = ErrorCode.MODEL_UNREADABLE
        return UserError(code, self._log.last_error())

    def _describe(self, path: Path, device: str) -> ModelInfo:
        """Everything worth saying of the model."""
        file_type = ll.llama_ftype_name(ll.llama_model_ftype(self._model)) or b""
        return ModelInfo(
            path=str(path),
            name=self._metadata("general.name") or path.stem,
            architecture=self._metadata("general.architecture"),
            form=self._metadata("moss.form"),
            demo=self._metadata("moss.demo") == "true",
            parameters=ll.llama_model_n_params(self._model),
            size_bytes=ll.llama_model_size(self._model),
            vocabulary=self.vocabulary.size - len(self.vocabulary.padding),
            context=self.window,
            device=device,
            licence=self._metadata("general.license"),
            can_shift=self.cache.can_shift,
            quantization=file_type.decode("utf-8", "replace"),
        )

    def _metadata(self, key: str) -> str:
        """A value of the file's metadata as text; empty when it is not there."""
        size = 256
        while True:
            buffer = ctypes.create_string_buffer(size)
            needed = ll.llama_model_meta_val_str(
                self._model, key.encode(), buffer, size
            )
            if needed < size:
                return buffer.value.decode("utf-8", "replace") if needed >= 0 else ""
            size = needed + 1


def _check_file(path: Path) -> None:
    """Tells a missing file and one that is no GGUF from the other troubles."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError as error:
        raise UserError(ErrorCode.MODEL_NOT_FOUND, str(path)) from error
    except OSError as error:
        raise UserError(ErrorCode.MODEL_UNREADABLE, str(error)) from error
    if magic != _MAGIC:
        raise UserError(ErrorCode.MODEL_UNREADABLE, f"{path} is not a GGUF file")


def _check_numbers(command: Load) -> None:
    """Refuses numbers that C would silently take for others."""
    limit = 2**31
    for name in ("context", "threads", "gpu_layers"):
        value = getattr(command, name)
        least = 0 if name == "gpu_layers" else 1
        if value is not None and not least <= value < limit:
            raise UserError(ErrorCode.PROTOCOL, f"{name} {value}")
