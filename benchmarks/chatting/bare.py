"""llama.cpp and nothing else, in a process of its own: what the engine is measured by.

A loop of ctypes calls over `llama_decode` and llama.cpp's own greedy sampler, as in
its example `simple`. It is told on stdin what to do and answers on stdout, one JSON
object a line; what is timed is between two lines, so that neither costs anything.

The arithmetic must be that of the engine. So weights, window, batch, threads, flash
attention, types of keys and values and rearranged weights are as the engine says that
it has them; beyond that this context has one sequence and can not be stopped.
"""

import ctypes
import os
import sys
import time
from collections.abc import Sequence

import msgspec
import numpy as np
from llama_cpp import llama_cpp as ll
from numpy.typing import NDArray

from benchmarks.chatting.tasks import (
    Decode,
    Done,
    FirstToken,
    Likelihood,
    Setup,
    Task,
)

_TYPES = {"f16": ll.GGML_TYPE_F16, "q8_0": ll.GGML_TYPE_Q8_0}
# llama.h's `llama_load_mode`.
_READ, _MAP = 0, 1
_KEEP_DATA = False
_SHOWN = False


class Bare:
    """A model, a context, and a greedy sampler."""

    def __init__(self, setup: Setup) -> None:
        """Loads as the engine did.

        Raises:
            RuntimeError: llama.cpp could not.
        """
        parameters = ll.llama_model_default_params()
        parameters.n_gpu_layers = setup.gpu_layers
        parameters.load_mode = _MAP if setup.mapped else _READ
        parameters.use_extra_bufts = setup.repacked
        self._model = ll.llama_model_load_from_file(os.fsencode(setup.path), parameters)
        context = ll.llama_context_default_params()
        context.n_ctx = setup.context
        context.n_batch = context.n_ubatch = min(setup.batch, setup.context)
        context.type_k = context.type_v = _TYPES[setup.kv_type]
        context.n_threads = setup.threads
        context.n_threads_batch = setup.batch_threads
        context.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_AUTO
        context.no_perf = True
        self._context = ll.llama_init_from_model(self._model, context)
        if not self._context:
            message = f"llama.cpp cannot load {setup.path}"
            raise RuntimeError(message)
        self._batch = context.n_batch
        self._memory = ll.llama_get_memory(self._context)
        self._vocabulary = ll.llama_model_get_vocab(self._model)
        self._sampler = ll.llama_sampler_chain_init(
            ll.llama_sampler_chain_default_params()
        )
        ll.llama_sampler_chain_add(self._sampler, ll.llama_sampler_init_greedy())

    def decode(self, task: Decode) -> Done:
        """Reads a prompt and writes behind it; the writing is timed."""
        self._clear()
        self._read(task.prompt)
        token = (ll.llama_token * 1)()
        batch = ll.llama_batch_get_one(token, 1)
        context, sampler = self._context, self._sampler
        tokens = []
        start = time.perf_counter()
        token[0] = ll.llama_sampler_sample(sampler, context, -1)
        tokens.append(token[0])
        for _ in range(task.count - 1):
            ll.llama_decode(context, batch)
            token[0] = ll.llama_sampler_sample(sampler, context, -1)
            tokens.append(token[0])
        seconds = time.perf_counter() - start
        return Done(seconds, self._text(tokens))

    def first_token(self, task: FirstToken) -> Done:
        """Reads a prefix, then what is timed: what follows it, and one token."""
        self._clear()
        self._read(task.prefix)
        start = time.perf_counter()
        self._read(task.own)
        token = ll.llama_sampler_sample(self._sampler, self._context, -1)
        seconds = time.perf_counter() - start
        return Done(seconds, self._text([token]))

    def likelihood(self, task: Likelihood) -> Done:
        """Logarithms of the probabilities of tokens behind a prompt, read afresh."""
        self._clear()
        start = time.perf_counter()
        found = []
        self._read(task.prompt)
        for token in task.chosen:
            found.append(log_probability(self._logits(), token))
            self._read([token])
        return Done(time.perf_counter() - start, logs=tuple(found))

    def _clear(self) -> None:
        ll.llama_memory_clear(self._memory, _KEEP_DATA)

    def _read(self, tokens: Sequence[int]) -> None:
        array = (ll.llama_token * len(tokens))(*tokens)
        for place in range(0, len(tokens), self._batch):
            count = min(self._batch, len(tokens) - place)
            part = ctypes.cast(
                ctypes.byref(array, place * ctypes.sizeof(ll.llama_token)),
                ctypes.POINTER(ll.llama_token),
            )
            if ll.llama_decode(self._context, ll.llama_batch_get_one(part, count)):
                message = "llama_decode failed"
                raise RuntimeError(message)

    def _text(self, tokens: Sequence[int]) -> str:
        buffer = ctypes.create_string_buffer(256)
        data = b""
        for token in tokens:
            size = ll.llama_token_to_piece(
                self._vocabulary, token, buffer, len(buffer), 0, _SHOWN
            )
            data += buffer.raw[: max(0, size)]
        return data.decode("utf-8", "replace")

    def _logits(self) -> NDArray[np.float32]:
        row = ll.llama_get_logits_ith(self._context, -1)
        size = ll.llama_vocab_n_tokens(self._vocabulary)
        return np.ctypeslib.as_array(row, (size,))


def log_probability(logits: NDArray[np.float32], token: int) -> float:
    """The logarithm of a token's probability, by the logits of all tokens."""
    shifted = logits.astype(np.float64) - logits.max()
    return float(shifted[token] - np.log(np.exp(shifted).sum()))


def main() -> int:
    """Answers tasks until stdin ends."""
    quiet = ll.llama_log_callback(lambda _level, _text, _data: None)
    ll.llama_log_set(quiet, ctypes.c_void_p(0))
    ll.llama_backend_init()
    decoder = msgspec.json.Decoder(Task)
    bare: Bare | None = None
    for line in sys.stdin.buffer:
        task = decoder.decode(line)
        done = Done()
        if isinstance(task, Setup):
            bare = Bare(task)
        else:
            assert bare is not None, "no model is loaded"
            match task:
                case Decode():
                    done = bare.decode(task)
                case FirstToken():
                    done = bare.first_token(task)
                case Likelihood():
                    done = bare.likelihood(task)
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
