"""Turns the tensors of a checkpoint, as they arrive, into those of a GGUF.

An architecture says by name which tensor of the GGUF is made of which tensor of the
checkpoint. Here each tensor that arrives is used exactly once or skipped by name, and
every shape is checked.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from converter import gptq
from converter.checkpoint import found_twice
from converter.errors import TensorError
from converter.tensors import Rows, StoredRows, StoredTensor, ZeroRows

_WEIGHT = "weight"
_CHECK = "check that config.json belongs to these weights"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """A tensor of the GGUF and what it is made of.

    Attributes:
        name: llama.cpp's name for it.
        shape: Its shape, outermost dimension first.
        source: The checkpoint's name for it, or nothing for zeros.
        order: Number of the stored row for each row, or None for all as they are.
        layer: Number of its layer, or -1.
    """

    name: str
    shape: tuple[int, ...]
    source: str = ""
    order: NDArray[np.intp] | None = None
    layer: int = -1

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that stand for it where it is quantized with GPTQ."""
        if len(self.shape) != 2 or not self.source.endswith(_WEIGHT):  # noqa: PLR2004
            return ()
        stem = self.source.removesuffix(_WEIGHT)
        return tuple(stem + part for part in gptq.PARTS)


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A target all of whose parts have arrived.

    Attributes:
        target: The target.
        rows: What it is made of.
        tensors: The stored tensors it is made of; none for zeros.
    """

    target: Target
    rows: Rows
    tensors: tuple[StoredTensor, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it is made of, in order of their names."""
        return tuple(sorted({tensor.file for tensor in self.tensors}))


class Intake:
    """What has arrived of a checkpoint and has not been used yet."""

    def __init__(
        self, targets: Iterable[Target], is_buffer: Callable[[str], bool]
    ) -> None:
        """Waits for everything.

        Args:
            targets: All tensors to make, in order.
            is_buffer: Whether a tensor of this name is no weight and is left out.
        """
        self._waiting = {target.name: target for target in targets}
        self._known = {
            name
            for target in self._waiting.values()
            for name in (target.source, *target.parts)
        }
        self._count = len(self._waiting)
        self._is_buffer = is_buffer
        self._origins: dict[str, Path] = {}
        self._tensors: dict[str, StoredTensor] = {}
        self._skipped: dict[str, int] = {}

    @property
    def skipped(self) -> Mapping[str, int]:
        """Bytes of the buffers that were left out, by name."""
        return MappingProxyType(self._skipped)

    def add(self, tensors: Iterable[StoredTensor]) -> None:
        """Takes in the tensors of a file.

        Raises:
            CheckpointError: One of them has arrived in another file already.
            TensorError: One of them has no place in the model.
        """
        for tensor in tensors:
            other = self._origins.setdefault(tensor.name, tensor.file)
            if other != tensor.file:
                raise found_twice(tensor, other)
            if self._is_buffer(tensor.name):
                self._skipped[tensor.name] = tensor.array.nbytes
            elif tensor.name in self._known:
                self._tensors[tensor.name] = tensor
            else:
                raise self._misplaced(tensor)

    def ready(self) -> Iterator[Ready]:
        """Hands out, once, each target whose parts are all there, in order.

        Raises:
            TensorError: A tensor has a wrong shape or type.
            UnsupportedError: The weights are quantized with GPTQ to other bits than 4
                or 8.
        """
        for target in list(self._waiting.values()):
            found = self._found(target)
            if found is not None:
                del self._waiting[target.name]
                for tensor in found.tensors:
                    del self._tensors[tensor.name]
                yield found

    def missing(self, done: Container[str] = ()) -> set[str]:
        """Returns the names of the tensors that may still come.

        Args:
            done: Names of the targets that nothing has to come for.
        """
        return {
            name
            for target in self._waiting.values()
            if target.name not in done
            for name in (target.source, *target.parts)
        } - self._tensors.keys()

    @property
    def is_complete(self) -> bool:
        """Whether every target was handed out."""
        return not self._waiting

    def has_parts(self, names: Container[str]) -> bool:
        """Returns whether some of these tensors are quantized with GPTQ."""
        return any(
            part in names for target in self._waiting.values() for part in target.parts
        )

    def check_names(self, names: Container[str]) -> None:
        """Makes sure that an index names all that will be needed.

        Raises:
            TensorError: It does not.
        """
        for target in self._waiting.values():
            parts = [part for part in target.parts if part in names]
            if target.source and target.source not in names and not parts:
                raise _missing(target.source)

    def unused(self) -> set[Path]:
        """Returns the files that hold tensors which wait for others."""
        return {tensor.file for tensor in self._tensors.values()}

    def check_complete(self) -> None:
        """Makes sure that everything has arrived and has been used.

        Raises:
            TensorError: It has not.
        """
        for target in self._waiting.values():
            parts = [part for part in target.parts if part in self._tensors]
            missing = (
                next(part for part in target.parts if part not in self._tensors)
                if parts
                else target.source
            )
            raise _missing(missing)
        self.check_unused()

    def check_unused(self) -> None:
        """Makes sure that nothing has arrived that was not used.

        Raises:
            TensorError: Something has.
        """
        for tensor in self._tensors.values():
            raise self._misplaced(tensor)

    def _found(self, target: Target) -> Ready | None:
        if not target.source:
            return Ready(target, ZeroRows(target.shape), ())
        tensor = self._tensors.get(target.source)
        if tensor is not None:
            _check(tensor, target.shape)
            return Ready(target, StoredRows(tensor, target.order), (tensor,))
        parts = {
            part: self._tensors[name]
            for part, name in zip(gptq.PARTS, target.parts, strict=False)
            if name in self._tensors
        }
        if len(parts) < len(gptq.PARTS):
            return None
        out, width = target.shape
        linear = gptq.GptqLinear.checked(parts, shape=(out, width))
        return Ready(target, gptq.rows(linear, target.order), tuple(parts.values()))

    def _misplaced(self, tensor: StoredTensor) -> TensorError:
        return TensorError(
            problem=f"it has no place in a model of {self._count} tensors",
            file=tensor.file,
            tensor=tensor.name,
            remedy=_CHECK,
        )


def _missing(name: str) -> TensorError:
    return TensorError(
        problem="it is missing in the checkpoint",
        tensor=name,
        remedy="check that all weight files are there and belong together",
    )


def _check(tensor: StoredTensor, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        raise TensorError(
            problem=f"its shape is {list(tensor.shape)} instead of {list(shape)}",
            file=tensor.file,
            tensor=tensor.name,
            remedy=_CHECK,
        )
    if not tensor.dtype.is_weight:
        raise TensorError(
            problem=f"its type is {tensor.dtype.value}, not a float of 16 or 32 bits",
            file=tensor.file,
            tensor=tensor.name,
        )
