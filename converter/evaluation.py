"""Runs a GGUF in llama.cpp: the one module of the converter that imports llama_cpp.

It is a process of its own, so that what goes wrong in native code costs nothing else.
`moss-convert --evaluate tokens MODEL` reads a text (UTF-8) and writes its token ids,
int32; `--evaluate logits MODEL` reads token ids and writes the logits behind each,
float32, one for each row of the vocabulary. Both in the machine's byte order. Why it
failed is the last line on standard error.

Everything is computed on the processor and from the mapped file, without a second copy
in an order that suits the processor. Keys and values are float32, so that what is
measured is the file.
"""

import argparse
import ctypes
import os
import signal
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from llama_cpp import llama_cpp as ll

_BATCH = 256  # tokens whose logits are in memory: 110 MB for MOSS's vocabulary
_STDOUT, _STDERR = 1, 2
_ERROR = 4  # of ggml.h's ggml_log_level
# Arguments that llama_cpp takes by position only.
_NO_SPECIAL = False


class _RefusedError(Exception):
    """llama.cpp refuses."""


def main(argv: Sequence[str]) -> int:
    """Runs the process.

    Args:
        argv: Arguments behind `--evaluate`.

    Returns:
        0, or 1 when llama.cpp refuses.
    """
    arguments = _parser().parse_args(argv)
    # Ctrl+C in a terminal reaches all of its processes; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given = sys.stdin.buffer.read()
    try:
        with _claimed_stdout() as output, _quiet():
            if arguments.what == "tokens":
                _write_tokens(arguments.model, given, output)
            else:
                tokens = array("i", given)
                _write_logits(
                    arguments.model, tokens, output=output, threads=arguments.threads
                )
    except _RefusedError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def _write_tokens(path: str, text: bytes, output: IO[bytes]) -> None:
    with _model(path, vocabulary_only=True) as model:
        vocabulary = ll.llama_model_get_vocab(model)
        ids = (ctypes.c_int32 * (len(text) + 1))()
        begins = ll.llama_vocab_get_add_bos(vocabulary)
        count = ll.llama_tokenize(
            vocabulary, text, len(text), ids, len(ids), begins, _NO_SPECIAL
        )
        if count < 0:
            message = "llama.cpp makes more tokens of the text than it has bytes"
            raise _RefusedError(message)
        output.write(memoryview(ids)[:count])


def _write_logits(
    path: str, tokens: Sequence[int], *, output: IO[bytes], threads: int
) -> None:
    with _model(path) as model, _context(model, len(tokens), threads) as context:
        size = ll.llama_vocab_n_tokens(ll.llama_model_get_vocab(model))
        for start in range(0, len(tokens), _BATCH):
            part = tokens[start : start + _BATCH]
            _decode(context, part, start=start)
            logits = ll.llama_get_logits(context)
            floats = ctypes.c_float * (len(part) * size)
            output.write(ctypes.cast(logits, ctypes.POINTER(floats)).contents)


@contextmanager
def _model(path: str, *, vocabulary_only: bool = False) -> Iterator[ll.llama_model_p]:
    parameters = ll.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.use_extra_bufts = False
    parameters.vocab_only = vocabulary_only
    model = ll.llama_model_load_from_file(os.fsencode(path), parameters)
    if not model:
        message = "llama.cpp cannot load the file"
        raise _RefusedError(message)
    try:
        yield model
    finally:
        ll.llama_model_free(model)


@contextmanager
def _context(
    model: ll.llama_model_p, count: int, threads: int
) -> Iterator[ll.llama_context_p]:
    parameters = ll.llama_context_default_params()
    parameters.n_ctx = count
    parameters.n_batch = parameters.n_ubatch = min(count, _BATCH)
    parameters.n_seq_max = 1
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.type_k = parameters.type_v = ll.GGML_TYPE_F32
    parameters.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.op_offload = False
    parameters.no_perf = True
    context = ll.llama_init_from_model(model, parameters)
    if not context:
        message = "llama.cpp has not enough memory for the context"
        raise _RefusedError(message)
    try:
        yield context
    finally:
        ll.llama_free(context)


def _decode(context: ll.llama_context_p, tokens: Sequence[int], *, start: int) -> None:
    """Computes the logits behind some tokens, which follow those before them."""
    batch = ll.llama_batch_init(len(tokens), 0, 1)
    try:
        batch.n_tokens = len(tokens)
        for n, token in enumerate(tokens):
            batch.token[n], batch.pos[n] = token, start + n
            batch.n_seq_id[n], batch.seq_id[n][0] = 1, 0
            batch.logits[n] = 1
        result = ll.llama_decode(context, batch)
    finally:
        ll.llama_batch_free(batch)
    if result != 0:
        message = f"llama.cpp cannot compute the tokens (llama_decode: {result})"
        raise _RefusedError(message)


@contextmanager
def _claimed_stdout() -> Iterator[IO[bytes]]:
    """Yields standard output; whatever native code prints goes to standard error."""
    with os.fdopen(os.dup(_STDOUT), "wb") as output:
        os.dup2(_STDERR, _STDOUT)
        # ggml loads matching libraries from the working directory.
        os.chdir(Path(sys.executable).parent)
        yield output


@contextmanager
def _quiet() -> Iterator[None]:
    """Lets llama.cpp say nothing but what went wrong."""

    def log(level: int, text: bytes, _data: object) -> None:
        if level == _ERROR:
            sys.stderr.write(text.decode("utf-8", "replace"))

    callback = ll.llama_log_callback(log)  # referenced for as long as it is called
    ll.llama_log_set(callback, ctypes.c_void_p(0))
    try:
        ll.llama_backend_init()
        _load_processor()
        yield
    finally:
        ll.llama_log_set(ll.llama_log_callback(0), ctypes.c_void_p(0))


def _load_processor() -> None:
    """Loads ggml's variant for this processor where a build has them as libraries.

    A build with `GGML_BACKEND_DL` begins with no device. On Windows each library
    answers for its own functions only, elsewhere llama.cpp's for all it is linked to.
    """
    folder = Path(ll.__file__).parent / "lib"
    library = ll._lib  # noqa: SLF001 -- llama_cpp offers no other handle
    if sys.platform == "win32":
        library = ctypes.CDLL(str(folder / "ggml.dll"))
    load_all = getattr(library, "ggml_backend_load_all_from_path", None)
    if load_all is None or library.ggml_backend_dev_count():
        return
    load_all.argtypes = (ctypes.c_char_p,)
    load_all.restype = None
    name = str(folder)
    load_all(name.encode() if sys.platform == "win32" else os.fsencode(name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("moss-convert --evaluate")
    parser.add_argument("what", choices=("tokens", "logits"))
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser
