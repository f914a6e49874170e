"""What a GGUF file says of the model in it, and what that model needs.

Joins the catalogue's reader of headers with the engine's arithmetic; the words are
those that the engine uses of a loaded model (`ModelInfo`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.catalogue.ggml_types import FILE_TYPES
from app.catalogue.gguf_header import GgufHeader, TensorEntry, read_gguf_header
from app.catalogue.model_files import ModelFiles
from app.domain.errors import ErrorCode, UserError
from app.engine.memory import Dimensions, Needs, Tensor, needs_of

_NO_MODEL_TYPES: Final = frozenset({"adapter", "imatrix", "mmproj"})
_NO_TEXT: Final = frozenset({"clip", "t5encoder", "wavtokenizer-dec", "imatrix"})
_ENCODER: Final = "bert"
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a file says of its model.

    Attributes:
        name: `general.name`; empty where the file has none.
        architecture: `general.architecture`.
        form: "plugin", "sft" or "base" of MOSS; else "chat" with a chat template,
            otherwise "base".
        demo: Whether it is the bundled demo model.
        quantization: Its type, such as "Q4_0"; that of most weights where the file
            does not say.
        parameters: How many.
        context: Tokens that it was trained to look back on.
        licence: `general.license`; empty where the file does not say.
        needs: What it needs in memory.
    """

    name: str
    architecture: str
    form: str
    demo: bool
    quantization: str
    parameters: int
    context: int
    licence: str
    needs: Needs


def read_facts(
    files: ModelFiles, repacked_types: frozenset[str] = frozenset()
) -> ModelFacts | None:
    """Reads the headers of a model's files.

    Args:
        files: The files; those that are missing are left out.
        repacked_types: The types that this computer's processor rearranges.

    Returns:
        None where the file is whole, and something else than a model that writes text:
        an adapter, a projector, a vocabulary alone, a model for embeddings.

    Raises:
        UserError: `MODEL_NOT_FOUND`, `MODEL_UNREADABLE` or `MODEL_UNSUPPORTED`.
    """
    headers = [read_gguf_header(file) for file in files.files]
    first = headers[0]
    if not _writes_text(first):
        return None
    for file, header in zip(files.files, headers, strict=True):
        if header.end > _size(file):
            raise UserError(ErrorCode.MODEL_UNREADABLE, f"{file.name} (cut off)")
    tensors = [tensor for header in headers for tensor in header.tensors]
    if not tensors and files.complete:
        return None
    form = first.text("moss.form")
    if not form:
        form = "chat" if first.text("tokenizer.chat_template") else "base"
    sizes = (
        Tensor(each.name, each.type, each.dimensions, each.size) for each in tensors
    )
    return ModelFacts(
        name=_shown(first.text("general.name")),
        architecture=_shown(first.text("general.architecture")),
        form=_shown(form),
        demo=first.values.get("moss.demo") is True,
        quantization=_quantization(first, tensors),
        parameters=sum(tensor.count for tensor in tensors),
        context=first.number(f"{first.text('general.architecture')}.context_length"),
        licence=_shown(first.text("general.license")),
        needs=needs_of(_dimensions(first), sizes, repacked_types),
    )


def _shown(text: str) -> str:
    """A text of a stranger's as lists can show it: one line, and not too long."""
    line = "".join(each if each.isprintable() else " " for each in text[:_LONGEST])
    return " ".join(line.split())


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise UserError(ErrorCode.MODEL_NOT_FOUND, f"{file.name} ({error})") from error


def _writes_text(header: GgufHeader) -> bool:
    architecture = header.text("general.architecture")
    pooled = header.number(f"{architecture}.pooling_type") > 0
    return (
        header.text("general.type") not in _NO_MODEL_TYPES
        and bool(architecture)
        and architecture not in _NO_TEXT
        and _ENCODER not in architecture
        and not pooled
        and header.number("split.no") == 0
    )


def _quantization(header: GgufHeader, tensors: list[TensorEntry]) -> str:
    """The name of the file's type."""
    number = header.values.get("general.file_type")
    if isinstance(number, int) and number in FILE_TYPES:
        return FILE_TYPES[number]
    sizes: dict[str, int] = {}
    for tensor in tensors:
        sizes[tensor.type] = sizes.get(tensor.type, 0) + tensor.size
    return max(sizes, key=sizes.__getitem__, default="").upper()


def _dimensions(header: GgufHeader) -> Dimensions:
    """The numbers that sizes depend on; names are those of llama.cpp's `gguf-py`."""
    prefix = header.text("general.architecture") + "."

    def number(key: str) -> int:
        return header.number(prefix + key)

    embedding, heads = number("embedding_length"), number("attention.head_count")
    head = embedding // heads if heads else 0
    return Dimensions(
        context=number("context_length"),
        embedding=embedding,
        feed_forward=number("feed_forward_length"),
        heads=heads,
        kv_heads=number("attention.head_count_kv") or heads,
        key=number("attention.key_length") or head,
        value=number("attention.value_length") or head,
        vocabulary=header.counts.get("tokenizer.ggml.tokens", 0),
    )
