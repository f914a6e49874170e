"""The original model of each architecture, as far as a verification asks for it."""

from collections.abc import Mapping
from pathlib import Path

from converter.architectures.architecture import Architecture
from converter.architectures.codegen import CodeGen
from converter.architectures.llama import Llama
from converter.errors import UnsupportedError
from converter.original import OriginalModel
from converter.reference import Reference
from converter.reference_llama import LlamaReference
from converter.tensors import StoredTensor


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
