"""From a file to weights and a context in memory, in one given placement.

Whatever goes wrong, nothing is kept: a smaller placement may be tried right after.
"""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import KvType, Placement
from app.engine.backend import CancelFlag
from app.engine.backends.llama import devices, ggml
from app.engine.backends.llama.native import NativeLog
from app.engine.protocol import Load

_MAGIC: Final = b"GGUF"
_PROGRESS_STEP: Final = 0.01
_WARM_UP: Final = 2
"""With more than one token all threads are started."""
_WARM_UP_ON_GPU: Final = 64
"""Enough that a card takes its working memory for prompts."""
_ABORTED: Final = 2
_ALLOCATION_FAILED: Final = -2
# ggml.h's `ggml_type` and llama.h's `llama_load_mode`.
_KV_TYPES: Final = {KvType.F16: 1, KvType.Q8_0: 8}
_READ: Final = 0
_MAP: Final = 1


def check(command: Load) -> None:
    """Tells a missing file and one that is no GGUF from the other troubles.

    Raises:
        UserError: What stands in the way; `ErrorCode.PROTOCOL` for numbers that C
            would silently take for others.
    """
    path = Path(command.path)
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError as error:
        raise UserError(ErrorCode.MODEL_NOT_FOUND, str(path)) from error
    except OSError as error:
        raise UserError(ErrorCode.MODEL_UNREADABLE, str(error)) from error
    if magic != _MAGIC:
        raise UserError(ErrorCode.MODEL_UNREADABLE, f"{path} is not a GGUF file")
    limit = 2**31
    for name in ("context", "threads", "gpu_layers", "batch"):
        value = getattr(command, name)
        least = 0 if name == "gpu_layers" else 1
        if value is not None and not least <= value < limit:
            raise UserError(ErrorCode.PROTOCOL, f"{name} {value}")


class Weights:
    """A file's weights in memory.

    Attributes:
        handle: llama.cpp's model.
    """

    def __init__(
        self,
        command: Load,
        placement: Placement,
        progress: Callable[[float], None],
        *,
        cancelled: CancelFlag,
        log: NativeLog,
    ) -> None:
        """Reads the file; progress is passed on in steps of a percent.

        Raises:
            UserError: What llama.cpp says of a load that failed, or
                `ErrorCode.LOAD_CANCELLED`.
        """
        reported = -1.0

        def report(fraction: float, _user_data: object) -> bool:
            nonlocal reported
            if fraction >= reported + _PROGRESS_STEP or fraction >= 1 > reported:
                reported = fraction
                progress(fraction)
            return not cancelled.is_set()

        parameters = ll.llama_model_default_params()
        # Referenced until the file is read.
        cards, split = _split(placement)
        parameters.devices = ctypes.cast(cards, ctypes.c_void_p)
        parameters.tensor_split = split
        parameters.n_gpu_layers = placement.gpu_layers
        parameters.load_mode = _MAP if placement.mapped else _READ
        parameters.use_extra_bufts = placement.repacked
        parameters.progress_callback = ll.llama_progress_callback(report)
        log.clear()
        path = ggml.path_bytes(Path(command.path))
        handle: ll.llama_model_p | None
        handle = ll.llama_model_load_from_file(path, parameters)
        if handle is None:
            if cancelled.is_set():
                raise UserError(ErrorCode.LOAD_CANCELLED)
            raise log.load_error()
        self.handle: Final = handle

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        size: int = ll.llama_model_size(self.handle)
        return size

    def close(self) -> None:
        """Frees them; no context may be left."""
        ll.llama_model_free(self.handle)


def make_context(
    weights: Weights,
    placement: Placement,
    parameters: ll.llama_context_params,
    *,
    log: NativeLog,
) -> ll.llama_context_p:
    """A context in this placement that has been used once: what it takes it has.

    Args:
        weights: The model.
        placement: Decides the batch and the type of keys and values.
        parameters: Everything else.
        log: Where llama.cpp says what went wrong.

    Raises:
        UserError: `ErrorCode.OUT_OF_MEMORY`.
    """
    parameters.n_batch = parameters.n_ubatch = min(placement.batch, parameters.n_ctx)
    parameters.type_k = parameters.type_v = _KV_TYPES[placement.kv_type]
    parameters.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_AUTO
    log.clear()
    context: ll.llama_context_p | None
    context = ll.llama_init_from_model(weights.handle, parameters)
    if context is None:
        raise UserError(ErrorCode.OUT_OF_MEMORY, log.last_error())
    try:
        _use_once(context, _WARM_UP_ON_GPU if placement.shares else _WARM_UP, log)
    except UserError:
        ll.llama_free(context)
        raise
    return context


def _use_once(context: ll.llama_context_p, count: int, log: NativeLog) -> None:
    """Evaluates some tokens and forgets them; a cancel is left for others to see.

    Raises:
        UserError: `ErrorCode.OUT_OF_MEMORY`.
    """
    count = min(count, ll.llama_n_batch(context))
    tokens = (ll.llama_token * count)()
    result = ll.llama_decode(context, ll.llama_batch_get_one(tokens, count))
    ll.llama_memory_clear(ll.llama_get_memory(context), True)  # noqa: FBT003
    if result not in {0, _ABORTED}:
        code = ErrorCode.OUT_OF_MEMORY
        if result != _ALLOCATION_FAILED:
            code = ErrorCode.MODEL_UNSUPPORTED
        raise UserError(code, log.last_error())


def _split(
    placement: Placement,
) -> "tuple[ctypes.Array[ctypes.c_void_p], ctypes.Array[ctypes.c_float]]":
    """The cards as llama.cpp wants them, and how many layers each takes.

    Without a layer no card is named at all: then none takes a buffer either, and
    weights are rearranged for the processor.
    """
    handles = devices.gpus() if placement.shares else {}
    chosen: list[int | None] = [handles[share.device] for share in placement.shares]
    layers = [float(share.layers) for share in placement.shares]
    # llama.cpp reads as many parts as there can be devices.
    parts = (ctypes.c_float * ll.llama_max_devices())(*layers)
    return (ctypes.c_void_p * (len(chosen) + 1))(*chosen, None), parts
