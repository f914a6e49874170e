"""What a loaded model says of itself."""

import ctypes
from pathlib import Path

from llama_cpp import llama_cpp as ll

from app.domain.generation import ModelInfo
from app.domain.hardware import Placement
from app.engine.backends.llama.vocabulary import Vocabulary


def describe(
    model: ll.llama_model_p,
    path: Path,
    vocabulary: Vocabulary,
    *,
    window: int,
    placement: Placement,
    can_shift: bool,
) -> ModelInfo:
    """Everything worth saying of a model and of how it is run.

    Args:
        model: llama.cpp's model.
        path: Its file.
        vocabulary: Its tokens.
        window: Tokens that fit.
        placement: How it is laid out.
        can_shift: Whether tokens in the cache can be moved.
    """
    file_type = ll.llama_ftype_name(ll.llama_model_ftype(model)) or b""
    return ModelInfo(
        path=str(path),
        name=_metadata(model, "general.name") or path.stem,
        architecture=_metadata(model, "general.architecture"),
        form=_metadata(model, "moss.form"),
        demo=_metadata(model, "moss.demo") == "true",
        parameters=ll.llama_model_n_params(model),
        size_bytes=ll.llama_model_size(model),
        vocabulary=vocabulary.size - len(vocabulary.padding),
        context=window,
        device=placement.device,
        licence=_metadata(model, "general.license"),
        quantization=file_type.decode("utf-8", "replace"),
        placement=placement,
        can_shift=can_shift,
    )


def _metadata(model: ll.llama_model_p, key: str) -> str:
    """A value of the file's metadata as text; empty when it is not there."""
    size = 256
    while True:
        buffer = ctypes.create_string_buffer(size)
        needed = ll.llama_model_meta_val_str(model, key.encode(), buffer, size)
        if needed < size:
            return buffer.value.decode("utf-8", "replace") if needed >= 0 else ""
        size = needed + 1
