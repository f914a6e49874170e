"""The engine, which also writes down how likely each token was that it chose.

`python -m benchmarks.chatting.probe FILE [OPTIONS OF THE ENGINE]`; FILE gets a line for
each token: its id and the logarithm of its probability before anything is banned or
penalized.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as ll

from app.engine import __main__ as engine
from app.engine.backends.llama.sampler import Sampler
from benchmarks.chatting.bare import log_probability


def main(arguments: Sequence[str]) -> int:
    """Runs the engine until stdin ends."""
    path, *options = arguments
    sample = Sampler.sample
    with Path(path).open("w", encoding="ascii", buffering=1) as file:

        def noted(sampler: Sampler, context: ll.llama_context_p, index: int) -> int:
            token = sample(sampler, context, index)
            vocabulary = ll.llama_model_get_vocab(ll.llama_get_model(context))
            size = ll.llama_vocab_n_tokens(vocabulary)
            row = ll.llama_get_logits_ith(context, index)
            log = log_probability(np.ctypeslib.as_array(row, (size,)), token)
            file.write(f"{token} {log:.9g}\n")
            return token

        Sampler.sample = noted
        return engine.main(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
