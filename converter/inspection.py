"""What a checkpoint or a GGUF file is: read from headers, with no weight loaded.

Memory is that of llama.cpp without a graphics card: the tensors, and keys and values of
a full context in float16, its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from gguf.constants import LlamaFileType

from converter.errors import CheckpointError
from converter.gguf_file import opened_gguf
from converter.gptq import GptqRows
from converter.plan import prepare, survey
from converter.progress import readable_size
from converter.report import (
    Json,
    TypeUse,
    by_type,
    readable_count,
    types_json,
    types_table,
)
from converter.source import Taken, open_source

_HALF = 2  # bytes of a float16
_BUFFERS = "buffers"
_EXPECTED = "give a GGUF file or the folder of a checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a model is.

    Attributes:
        path: The file or folder.
        is_gguf: Whether it is a GGUF; else it is a checkpoint.
        name: The model's name.
        architecture: What computes it.
        form: How it is stored.
        dialogue: Dialogue it was tuned on, or nothing.
        licence: Licence of the weights, or nothing.
        origin: Where it is from and what was done to it, or nothing.
        context: Tokens it can look back on, or 0 where the file does not say.
        types: What is stored in which type.
        memory_type: Type that the memory is for: the file's, or that of a conversion.
        weights_memory: Bytes of the weights in memory.
        context_memory: Bytes of a full context.
        warnings: What is odd about it.
    """

    path: Path
    is_gguf: bool
    name: str
    architecture: str
    form: str
    dialogue: str
    licence: str
    origin: str
    context: int
    types: tuple[TypeUse, ...]
    memory_type: str
    weights_memory: int
    context_memory: int
    warnings: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Number of weights; buffers are none."""
        return sum(use.parameters for use in self.types)

    @property
    def size(self) -> int:
        """Bytes of all tensors as they are stored."""
        return sum(use.size for use in self.types)


def inspect(path: Path) -> Inspection:
    """Looks at a model.

    Args:
        path: A GGUF file, or a checkpoint's folder.

    Raises:
        ConversionError: It is damaged, missing or neither.
    """
    if not path.exists():
        raise CheckpointError(
            problem="there is no such file or folder",
            file=path,
            remedy=_EXPECTED,
        )
    return _inspect_gguf(path) if path.is_file() else _inspect_checkpoint(path)


def _inspect_checkpoint(folder: Path) -> Inspection:
    source = open_source(folder)
    taken = source.take_all()
    weights = survey(taken.ready)
    conversion = prepare(source, weights)
    header = {entry.key: entry.value for entry in conversion.contents.entries}
    count = len(taken.files)
    kind = taken.files[0].suffix
    form = "safetensors" if kind == ".safetensors" else "PyTorch archive"
    return Inspection(
        path=folder,
        is_gguf=False,
        name=source.identity.name,
        architecture=f"{source.config['model_type']} ({source.model.title})",
        form=f"{form}, {count} file{'s' * (count > 1)}, {weights.number_types}",
        dialogue=source.identity.form,
        licence=source.identity.licence,
        origin=_text(header, "general.source.url"),
        context=source.model.context,
        types=_stored_types(taken),
        memory_type=conversion.output_type,
        weights_memory=conversion.size,
        context_memory=_context_memory(header),
        warnings=conversion.warnings,
    )


def _stored_types(taken: Taken) -> tuple[TypeUse, ...]:
    """Returns the types of a checkpoint; the parts of a GPTQ linear are one tensor."""
    used = [(_BUFFERS, 0, tensor.array.nbytes) for tensor in taken.skipped]
    for found in taken.ready:
        rows = found.rows
        if isinstance(rows, GptqRows):
            linear = rows.linear
            used.append((f"GPTQ int{linear.bits}", prod(rows.shape), linear.size))
        elif rows.origin is not None:
            stored = rows.origin
            used.append((stored.dtype.value, prod(stored.shape), stored.array.nbytes))
    return by_type(used)


def _inspect_gguf(path: Path) -> Inspection:
    with opened_gguf(
        path,
        CheckpointError,
        expected=_EXPECTED,
        mending="download or convert it again",
    ) as reader:
        header = {
            name: field.contents()
            for name, field in reader.fields.items()
            if not name.startswith("tokenizer.")
        }
        types = by_type(
            (tensor.tensor_type.name, int(tensor.n_elements), int(tensor.n_bytes))
            for tensor in reader.tensors
        )
    architecture = _text(header, "general.architecture")
    parts = [_text(header, key) for key in ("general.source.url", "moss.quantization")]
    maker = _text(header, "general.quantized_by")
    parts.append(f"made by {maker}" if maker else "")
    size = sum(use.size for use in types)
    return Inspection(
        path=path,
        is_gguf=True,
        name=_text(header, "general.name") or path.stem,
        architecture=architecture,
        form=f"GGUF, version {header.get('GGUF.version')}",
        dialogue=_text(header, "moss.form"),
        licence=_text(header, "general.license"),
        origin=", ".join(filter(None, parts)),
        context=_count(header, f"{architecture}.context_length"),
        types=types,
        memory_type=_file_type(header),
        weights_memory=size,
        context_memory=_context_memory(header),
    )


def _context_memory(header: Mapping[str, Any]) -> int:
    """Returns the bytes of keys and values of a full context, 0 where unknown."""
    prefix = _text(header, "general.architecture") + "."

    def count(key: str) -> int:
        return _count(header, prefix + key)

    heads = count("attention.head_count")
    size = count("embedding_length") // heads if heads else 0
    key = count("attention.key_length") or size
    value = count("attention.value_length") or size
    shared = count("attention.head_count_kv") or heads
    cells = count("context_length") * count("block_count")
    return cells * shared * (key + value) * _HALF


def _file_type(header: Mapping[str, Any]) -> str:
    """Returns llama.cpp's name of the type that the file was made in, or nothing."""
    try:
        name = LlamaFileType(header.get("general.file_type", -1)).name
    except ValueError:
        return ""
    return name.removeprefix("MOSTLY_").removeprefix("ALL_")


def _text(header: Mapping[str, Any], key: str) -> str:
    value = header.get(key)
    return value if isinstance(value, str) else ""


def _count(header: Mapping[str, Any], key: str) -> int:
    value = header.get(key)
    return value if isinstance(value, int) else 0


def inspection_text(found: Inspection) -> str:
    """Returns what a model is, for people."""
    memory = readable_size(found.weights_memory)
    if found.context_memory:
        memory += (
            f" + {readable_size(found.context_memory)} for a context of "
            f"{found.context} tokens"
        )
    if not found.is_gguf:
        memory += f", converted into {found.memory_type}"
    rows = {
        "name": found.name,
        "architecture": found.architecture,
        "form": found.form,
        "dialogue": found.dialogue,
        "parameters": readable_count(found.parameters),
        "size": readable_size(found.size),
        "licence": found.licence,
        "origin": found.origin,
        "memory": memory,
    }
    lines = [f"{key:<14}{value}" for key, value in rows.items() if value]
    return "\n".join([*lines, "", types_table(found.types)])


def inspection_json(found: Inspection) -> dict[str, Json]:
    """Returns the same for programs; sizes in bytes."""
    return {
        "path": str(found.path),
        "name": found.name,
        "architecture": found.architecture,
        "form": found.form,
        "dialogue": found.dialogue,
        "parameters": found.parameters,
        "size": found.size,
        "licence": found.licence,
        "origin": found.origin,
        "context": found.context,
        "types": types_json(found.types),
        "memory": {
            "type": found.memory_type,
            "weights": found.weights_memory,
            "context": found.context_memory,
        },
        "warnings": list(found.warnings),
    }
