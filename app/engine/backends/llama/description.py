"""What a loaded model says of itself."""

import ctypes
from pathlib import Path
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo
from app.domain.hardware import Placement
from app.domain.moss import Form
from app.engine.backends.llama.cache import Cache
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.templates.chat_prompts import ChatPrompts

_NO_POOLING: Final = "0"


def check_writes_text(model: ll.llama_model_p) -> None:
    """Refuses what llama.cpp can load but not continue a text with.

    Raises:
        UserError: `ErrorCode.MODEL_UNSUPPORTED`.
    """
    architecture = _metadata(model, "general.architecture")
    pooling = _metadata(model, f"{architecture}.pooling_type")
    causal = _metadata(model, f"{architecture}.attention.causal")
    if (
        pooling not in {"", _NO_POOLING}
        or causal == "false"
        or ll.llama_model_has_encoder(model)
        or ll.llama_model_is_diffusion(model)
    ):
        detail = f"{architecture}, which does not continue a text"
        raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)


def chat_template(model: ll.llama_model_p) -> str:
    """The chat template in the file; empty for MOSS's models, which need none."""
    is_moss = _metadata(model, "moss.form")
    return "" if is_moss else _metadata(model, "tokenizer.chat_template")


def describe(
    model: ll.llama_model_p,
    path: Path,
    vocabulary: Vocabulary,
    *,
    chat: ChatPrompts | None,
    cache: Cache,
    placement: Placement,
) -> ModelInfo:
    """Everything worth saying of a model and of how it is run.

    Args:
        model: llama.cpp's model.
        path: Its file.
        vocabulary: Its tokens.
        chat: What writes chats down with the file's template; None where it has none.
        cache: Where its keys and values are.
        placement: How it is laid out.
    """
    form = Form.CHAT if chat else Form.BASE
    file_type = ll.llama_ftype_name(ll.llama_model_ftype(model)) or b""
    return ModelInfo(
        path=str(path),
        name=_metadata(model, "general.name") or path.stem,
        architecture=_metadata(model, "general.architecture"),
        form=_metadata(model, "moss.form") or form,
        demo=_metadata(model, "moss.demo") == "true",
        parameters=ll.llama_model_n_params(model),
        size_bytes=ll.llama_model_size(model),
        vocabulary=vocabulary.size - len(vocabulary.padding),
        context=cache.window,
        device=placement.device,
        licence=_metadata(model, "general.license"),
        quantization=file_type.decode("utf-8", "replace"),
        placement=placement,
        can_shift=cache.can_shift,
        opened_thoughts=chat.opened if chat else "",
        calls_tools=chat is not None and chat.calls_tools,
    )


def _metadata(model: ll.llama_model_p, key: str) -> str:
    """A value of the file's metadata as text; empty when it is not there."""
    size = 256
    while True:
        buffer = ctypes.create_string_buffer(size)
        needed = ll.llama_model_meta_val_str(model, key.encode(), buffer, size)
        if needed < size:
            return buffer.value.decode("utf-8", "replace") if needed >= 0 else ""
        size = needed + 1
