"""What an architecture tells the rest of the converter, and which one is meant."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from converter.architectures.codegen import CodeGen
from converter.architectures.llama import Llama
from converter.errors import UnsupportedError
from converter.intake import Target
from converter.metadata import Entry
from converter.vocabulary import Tokenizer

_MODEL_TYPES = ("moss", "codegen", "llama")


class Architecture(Protocol):
    """A model's shape, and what follows from it alone."""

    @property
    def name(self) -> str:
        """llama.cpp's name of what computes it."""
        ...

    @property
    def title(self) -> str:
        """Its own name, for people."""
        ...

    @property
    def width(self) -> int:
        """Numbers that stand for a token between layers."""
        ...

    @property
    def layers(self) -> int:
        """Number of layers."""
        ...

    @property
    def context(self) -> int:
        """Tokens it can look back on."""
        ...

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding, padding included."""
        ...

    @property
    def group(self) -> int:
        """Heads that share a key head."""
        ...

    @property
    def is_tied(self) -> bool:
        """Whether the embedding is the output, too."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """How it splits text."""
        ...

    def metadata(self) -> Iterator[Entry]:
        """Yields its entries of the GGUF header."""
        ...

    def targets(self) -> Iterator[Target]:
        """Yields the tensors of the GGUF, in order."""
        ...

    def is_buffer(self, name: str) -> bool:
        """Returns whether a tensor of a checkpoint is no weight and is left out."""
        ...


def find_architecture(config: Mapping[str, Any], file: Path) -> Architecture:
    """Reads the shape that a `config.json` describes.

    Args:
        config: Its contents.
        file: Where it is, for messages.

    Raises:
        UnsupportedError: It describes an architecture that cannot be converted.
        CheckpointError: A number is missing or does not fit.
    """
    kind = config.get("model_type")
    if kind not in _MODEL_TYPES:
        raise UnsupportedError(
            problem=f"model_type is {kind!r:.40}, not one of {', '.join(_MODEL_TYPES)}",
            file=file,
            remedy="use llama.cpp's own converter for other models",
        )
    # Two models call themselves moss: MOSS-003, with CodeGen's keys, and moss-base-7b.
    is_llama = "hidden_size" in config and "n_embd" not in config
    if kind == "llama" or (kind == "moss" and is_llama):
        return Llama.from_config(config, file)
    return CodeGen.from_config(config, file)
