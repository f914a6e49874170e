"""The model in use on a server: what it is, and prompts as the server takes them."""

from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Segment
from app.domain.moss import Form, Marker
from app.domain.remote import RemoteModel
from app.engine.backends.remote import models
from app.engine.backends.remote.dialect import Description, Dialect, Encoded
from app.engine.backends.remote.exchange import Server
from app.engine.backends.remote.llama_cpp_python import LlamaCppPython
from app.engine.backends.remote.llama_server import LlamaServer
from app.engine.backends.remote.marks import Marks
from app.engine.backends.remote.vllm import Vllm
from app.engine.templates.chat_prompts import ChatPrompts

_CONTEXT: Final = 2048
"""The window where neither server nor user says: llama-cpp-python's default."""


def dialect_of(server: Server, model: str) -> Dialect:
    """The dialect of a server.

    Raises:
        UserError: `ErrorCode.SERVER_UNSUITABLE`: we know none that it speaks.
    """
    dialect = (
        LlamaServer.at(server, model)
        or LlamaCppPython.at(server, model)
        or Vllm.at(server, model)
    )
    if dialect is None:
        raise UserError(ErrorCode.SERVER_UNSUITABLE, server.name)
    return dialect


class Present:
    """A model on a server.

    Attributes:
        server: The server.
        dialect: How it is spoken to.
        info: What can be said of the model.

    Args:
        remote: What the user knows of it.
        server: The server.
        dialect: How it is spoken to.
        model: What the server lists.

    Raises:
        UserError: The server cannot be asked, or its template cannot be used.
    """

    def __init__(
        self,
        remote: RemoteModel,
        server: Server,
        dialect: Dialect,
        *,
        model: models.Model,
    ) -> None:
        self.server: Final = server
        self.dialect: Final = dialect
        said = dialect.describe()
        form = remote.form or models.form_of(
            model.id, said.template, has_markers=all(map(dialect.is_token, Marker))
        )
        self._chat = self._chat_prompts(said) if form == Form.CHAT else None
        self._prompt: tuple[Segment, ...] = ()
        self._encoded: Encoded | None = None
        meta = model.meta or models.Meta()
        self.info: Final = ModelInfo(
            path=remote.link,
            name=model.id.replace("\\", "/").rpartition("/")[2] or model.id,
            architecture=said.kind,
            form=form,
            demo=False,
            parameters=meta.n_params,
            size_bytes=meta.size,
            vocabulary=meta.n_vocab,
            context=min(filter(None, (remote.context, said.context)), default=_CONTEXT),
            device=remote.authority,
            quantization=meta.ftype,
            opened_thoughts=self._chat.opened if self._chat else "",
            calls_tools=self._chat is not None and self._chat.calls_tools,
            server=remote.authority,
        )

    def encode(self, prompt: tuple[Segment, ...]) -> Encoded:
        """A prompt as the server takes it: measured first, it is asked for again.

        Raises:
            UserError: It cannot be written down, or not be sent safely.
        """
        if self._encoded is None or prompt != self._prompt:
            self._encoded = self.dialect.encode(self._without_messages(prompt))
            self._prompt = prompt
        return self._encoded

    def _without_messages(self, prompt: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Messages as the template writes them down."""
        if not any(segment.speaker for segment in prompt):
            return prompt
        if self._chat is None:
            detail = "messages for a model without a chat template"
            raise UserError(ErrorCode.PROTOCOL, detail)
        return self._chat.segments(prompt)

    def _chat_prompts(self, said: Description) -> ChatPrompts:
        if not said.template:
            detail = f"{self.server.name} does not tell it"
            raise UserError(ErrorCode.TEMPLATE_FAILED, detail)
        marks = Marks(self.dialect.is_token, said.specials.values())
        return ChatPrompts(said.template, dict(said.specials), marks.segments)
