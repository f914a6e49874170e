"""Which sampling a model gets."""

from dataclasses import replace
from typing import Final

from app.domain.generation import ModelInfo, Sampling

_DEMO_TOKENS: Final = 160
"""Its longest answer takes half of this."""


def sampling_for(model: ModelInfo | None, chosen: Sampling) -> Sampling:
    """The user's sampling; the demo model always takes the likeliest token.

    It has one short answer to each question, so anything else only makes it err.
    """
    if model is not None and model.demo:
        return replace(
            chosen, temperature=0.0, repetition_penalty=1.0, max_tokens=_DEMO_TOKENS
        )
    return chosen
