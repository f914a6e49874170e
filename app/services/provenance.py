"""What a reply is made with, noted while it is known."""

from pathlib import Path

from app.domain import moss
from app.domain.feedback import Provenance
from app.domain.generation import ModelInfo
from app.domain.tools import Tool
from app.services.reply import ReplyOptions


def provenance_of(
    model: ModelInfo, options: ReplyOptions, *, engine: str
) -> Provenance:
    """What a reply comes from that is about to be written.

    The file's hash is left empty: reading many gigabytes again for it would cost more
    than the reply.

    Args:
        model: The model.
        options: How the reply is written.
        engine: Name and version of the engine; empty while it has not said it.
    """
    uses_tools = model.calls_tools or moss.Form(model.form).has_two_stages
    return Provenance(
        file=model.path if model.server else Path(model.path).name,
        quantization=model.quantization,
        engine=engine,
        device=model.server or model.device,
        sampling=options.sampling,
        tools=tuple(t.value for t in Tool if uses_tools and t in options.enabled),
        instruction=options.instruction,
    )
