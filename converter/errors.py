"""The error tree of the converter.

* `ConversionError` -- what the user can mend; ends as one sentence and an exit code
    * `CheckpointError` -- files are missing, damaged or do not fit together
        * `UnsafePickleError` -- a pickle asks for more than tensors
        * `TensorError` -- a tensor is missing, unknown or has a wrong shape or value
        * `VocabularyError` -- the tokenizer's files do not make a tokenizer
    * `ImatrixError` -- the importance matrix is damaged or of another model
    * `UnsupportedError` -- a sound checkpoint of a kind this program cannot convert
    * `OutputError` -- the target exists, cannot be written, or the disk is full
    * `QuantizerError` -- ggml's library is not there or too old
    * `EvaluationError` -- llama.cpp cannot run a GGUF
* `WriterMisuseError` -- our own bug: the writer was called out of order

`Interrupted` is neither: somebody asked the program to stop.
"""

from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from converter.printable import printable


class ConversionError(Exception):
    """Something the user can mend.

    Attributes:
        code: Short stable name for other programs.
        exit_code: What the process ends with.
        problem: What is wrong, a clause without full stop.
        file: The file it is about.
        tensor: The tensor it is about.
        remedy: What to do, a clause without full stop.
    """

    code: ClassVar[str] = "conversion"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        *,
        problem: str,
        file: Path | None = None,
        tensor: str = "",
        remedy: str = "",
    ) -> None:
        self.problem = problem
        self.file = file
        self.tensor = tensor
        self.remedy = remedy
        super().__init__(problem)

    @override
    def __str__(self) -> str:
        """Returns the one sentence that the user reads."""
        parts = [str(self.file)] if self.file else []
        if self.tensor:
            parts.append(f"tensor {self.tensor:.200}")
        parts.append(self.problem)
        sentence = printable(": ".join(parts))
        return f"{sentence}; {self.remedy}." if self.remedy else f"{sentence}."


class CheckpointError(ConversionError):
    """Files of the checkpoint are missing, damaged or do not fit together."""

    code = "checkpoint"
    exit_code = 3


class UnsafePickleError(CheckpointError):
    """A pickle asks for something that is not a tensor; nothing of it was run."""

    code = "unsafe_pickle"


class TensorError(CheckpointError):
    """A tensor is missing, unknown, or has a wrong shape, type or value."""

    code = "tensor"


class VocabularyError(CheckpointError):
    """The tokenizer's files do not make a tokenizer."""

    code = "vocabulary"


class ImatrixError(ConversionError):
    """The importance matrix is damaged, none at all, or that of another model."""

    code = "imatrix"
    exit_code = 3


class UnsupportedError(ConversionError):
    """The checkpoint is of a kind that this program cannot convert."""

    code = "unsupported"
    exit_code = 4


class OutputError(ConversionError):
    """The target exists already or cannot be written."""

    code = "output"
    exit_code = 5


class QuantizerError(ConversionError):
    """ggml's quantization functions cannot be reached."""

    code = "quantizer"
    exit_code = 6


class EvaluationError(ConversionError):
    """llama.cpp cannot run a GGUF, or died over it."""

    code = "evaluation"
    exit_code = 8


class WriterMisuseError(RuntimeError):
    """The GGUF writer was called out of order: a bug of this program."""


class Interrupted(BaseException):
    """Somebody asked the process to stop (SIGTERM)."""
