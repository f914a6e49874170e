"""The original model of each architecture, as far as a verification asks for it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from converter.architectures.architecture import Architecture
from converter.architectures.codegen import CodeGen
from converter.architectures.llama import Llama
from converter.errors import UnsupportedError
from converter.reference import Reference
from converter.reference_llama import LlamaReference
from converter.reference_weights import Floats
from converter.tensors import StoredTensor


class OriginalModel(Protocol):
    """A model that computes what the checkpoint means, in the memory of one layer."""

    def states(
        self, tokens: Sequence[int], passed: Callable[[int], None] | None = None
    ) -> Floats:
        """Returns what the output is computed from, [tokens, width].

        Args:
            tokens: A text from its beginning on.
            passed: Is called with the number of layers that are done, after each.
        """
        ...

    def output(self, states: Floats) -> Floats:
        """Returns the logits that follow from some states, [rows, vocabulary]."""
        ...


def find_reference(
    model: Architecture, tensors: Mapping[str, StoredTensor], folder: Path
) -> OriginalModel:
    """Returns what computes a checkpoint the way its authors did.

    Args:
        model: Its architecture.
        tensors: Its tensors.
        folder: Where it is, for messages.

    Raises:
        UnsupportedError: There is no reference for this architecture.
    """
    match model:
        case CodeGen():
            return Reference(model, tensors)
        case Llama():
            return LlamaReference(model, tensors)
        case _:
            raise UnsupportedError(
                problem=f"there is no reference for {model.title} to compare with",
                file=folder,
                remedy="use --no-logits",
            )
