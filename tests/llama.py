"""llama.cpp as the judge: logits and token ids of a GGUF, in this very process."""

import ctypes
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray

# Arguments that llama_cpp takes by position only.
_NO_BOS = False
_SHOWN = True


@llama_cpp.llama_log_callback
def _quiet(level: int, text: bytes, data: object) -> None:
    pass


llama_cpp.llama_log_set(_quiet, None)
llama_cpp.llama_backend_init()


@contextmanager
def loaded(path: Path, *, vocabulary_only: bool = False):
    """A model of llama.cpp for the length of a block."""
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.vocab_only = vocabulary_only
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    assert model, f"llama.cpp cannot load {path}"
    try:
        yield model
    finally:
        llama_cpp.llama_model_free(model)


def quantized(
    source: Path,
    target: Path,
    file_type: int,
    *,
    importance: Mapping[str, NDArray[np.float32]] | None = None,
) -> Path:
    """Quantizes a file with llama.cpp, and an importance matrix where there is one."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = int(file_type)
    parameters.nthread = 2
    if importance is not None:
        numbers = ctypes.POINTER(ctypes.c_float)
        parameters.imatrix = (
            llama_cpp.llama_model_imatrix_data * (len(importance) + 1)
        )(
            *(
                (name.encode(), values.ctypes.data_as(numbers), values.size)
                for name, values in importance.items()
            ),
            (None, None, 0),  # the end, for llama.cpp
        )
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), parameters
    )
    assert failed == 0
    return target


def unpacked(source: Path, target: Path) -> Path:
    """The same weights in float32, by llama.cpp's own reading of the blocks."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_ALL_F32
    parameters.nthread = 2
    parameters.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), parameters
    )
    assert failed == 0
    return target


def logits(path: Path, tokens: Sequence[int]) -> NDArray[np.float32]:
    """Logits behind each token, with a key/value cache of float32."""
    with loaded(path) as model:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = len(tokens)
        parameters.n_threads = parameters.n_threads_batch = 2
        parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F32
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = llama_cpp.llama_init_from_model(model, parameters)
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for n, token in enumerate(tokens):
                batch.token[n], batch.pos[n] = token, n
                batch.n_seq_id[n], batch.seq_id[n][0] = 1, 0
                batch.logits[n] = 1
            assert llama_cpp.llama_decode(context, batch) == 0
            size = vocabulary_size(model)
            data = llama_cpp.llama_get_logits(context)
            flat = np.ctypeslib.as_array(data, (len(tokens) * size,))
            return flat.reshape(len(tokens), size).copy()
        finally:
            llama_cpp.llama_batch_free(batch)
            llama_cpp.llama_free(context)


def vocabulary_size(model) -> int:
    """Number of tokens, padding included."""
    return llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))


def chat_template(model) -> str:
    """The chat template of its file; empty if there is none."""
    template = llama_cpp.llama_model_chat_template(model, None)
    return template.decode() if template else ""


def tokenize(model, text: str, *, special: bool) -> list[int]:
    """Ids of a text; with `special`, markers in it are control tokens."""
    data = text.encode()
    vocab = llama_cpp.llama_model_get_vocab(model)
    ids = (ctypes.c_int32 * (len(data) + 8))()
    count = llama_cpp.llama_tokenize(
        vocab,
        data,
        len(data),
        ids,
        len(ids),
        _NO_BOS,
        special,
    )
    assert count >= 0
    return list(ids[:count])


def detokenize(model, ids: Sequence[int]) -> str:
    """Text of ids, markers included."""
    vocab = llama_cpp.llama_model_get_vocab(model)
    data = b""
    for token in ids:
        buffer = ctypes.create_string_buffer(256)
        size = llama_cpp.llama_token_to_piece(vocab, token, buffer, 256, 0, _SHOWN)
        data += buffer.raw[:size]
    return data.decode()
