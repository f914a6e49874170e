"""Checks the predictions of a GGUF in llama.cpp against the original architecture's.

What a GGUF may lose of the original's knowledge (`Divergence.lost`) grows with the
square of its weights' mean error, e as a share of their root mean square. Measured on
the demo, which is trained, and on three random models in all types: 3·e² to 20·e²,
beside 0.003 % where activations are rounded to 8 bits or bfloat16. With queries and
keys exchanged, or with rotary pairs in a wrong order, the demo loses 58 % and more, in
F16 as in Q2_K, and random models 3 % and more.
"""

from collections.abc import Mapping
from pathlib import Path

from converter.divergence import Divergence, DivergenceMeter
from converter.errors import EvaluationError
from converter.evaluation_process import LogitsReader, tokenize
from converter.findings import Finding
from converter.progress import Reporter
from converter.references import find_reference
from converter.sample_text import SAMPLE_TEXT
from converter.source import Source
from converter.tensors import StoredTensor

_AT_ONCE = 128  # tokens whose logits are compared at once: 55 MB twice for MOSS-003
_LOSS_BY_SQUARE = 30.0
_LEAST_LOSS = 0.001
_MOST_LOSS = 0.5
_FEWEST = 2  # a token and the one that it predicts


def check_logits(
    source: Source,
    tensors: Mapping[str, StoredTensor],
    model: Path,
    *,
    tokens: int,
    threads: int | None,
    reporter: Reporter,
) -> Divergence:
    """Compares predictions on the bundled text.

    Args:
        source: The checkpoint.
        tensors: Its weights by name.
        model: The GGUF.
        tokens: Length of the text at most.
        threads: How many llama.cpp works on; None for one on each core.
        reporter: Is told how far it is.

    Raises:
        EvaluationError: llama.cpp cannot run the file.
        UnsupportedError: There is no reference for the architecture.
    """
    reference = find_reference(source.model, tensors, source.folder)
    text = tokenize(model, SAMPLE_TEXT)[: min(tokens, source.model.context)]
    if len(text) < _FEWEST:
        raise EvaluationError(problem="it makes no tokens of a text", file=model)
    layers = source.model.layers
    total = sum(tensor.array.nbytes for tensor in tensors.values())

    def passed(done: int) -> None:
        place = f"layer {done} of {layers}"
        reporter.advanced(place, done * total // (layers + 1), total)

    meter = DivergenceMeter(text)
    vocabulary = source.model.vocabulary
    with LogitsReader(model, text, vocabulary=vocabulary, threads=threads) as logits:
        # Whether llama.cpp can run the file is to be known before the long part.
        logits.wait()
        reporter.started(0, total)
        states = reference.states(text, passed)
        for start in range(0, len(text), _AT_ONCE):
            part = states[start : start + _AT_ONCE]
            meter.add(reference.output(part), logits.read(len(part)))
        logits.check_end()
    reporter.advanced("logits", total, total)
    return meter.result()


def judge_logits(divergence: Divergence, mean_error: float) -> Finding | None:
    """Returns what is wrong with the predictions of a GGUF, if anything is.

    Args:
        divergence: How far they are from the original's.
        mean_error: Mean error of all weights, as a share of their root mean square.
    """
    allowed = min(_LOSS_BY_SQUARE * mean_error**2 + _LEAST_LOSS, _MOST_LOSS)
    if divergence.lost <= allowed:  # not if it is no number
        return None
    return Finding(
        "logits",
        f"{divergence.lost:.2%} of what the original knows is lost, and the errors of "
        f"the weights account for {allowed:.2%} at most",
    )
