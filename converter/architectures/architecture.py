"""What an architecture tells the rest of the converter, and which one is meant."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from converter.architectures.codegen import CodeGen
from converter.errors import UnsupportedError
from converter.intake import Target
from converter.metadata import Entry

_BY_MODEL_TYPE = {"moss": CodeGen, "codegen": CodeGen}


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
    if isinstance(kind, str) and kind in _BY_MODEL_TYPE:
        return _BY_MODEL_TYPE[kind].from_config(config, file)
    raise UnsupportedError(
        problem=f"model_type is {kind!r:.40}, not one of {', '.join(_BY_MODEL_TYPE)}",
        file=file,
        remedy="use llama.cpp's own converter for other models",
    )
