"""What a reply is made with, noted while it is known."""

from collections.abc import Callable
from pathlib import Path

from app.domain import moss
from app.domain.feedback import Provenance
from app.domain.generation import ModelInfo
from app.domain.tools import Tool
from app.services.reply import ReplyOptions

Hashes = Callable[[Path], str]
"""The SHA-256 of a file in hexadecimal digits; empty while it is not known.

It must not read the file, which may be of many gigabytes.
"""


def unknown(_file: Path) -> str:
    """Where nobody knows any."""
    return ""


def provenance_of(
    model: ModelInfo, options: ReplyOptions, *, engine: str, hashes: Hashes
) -> Provenance:
    """What a reply comes from that is about to be written.

    Args:
        model: The model.
        options: How the reply is written.
        engine: Name and version of the engine; empty while it has not said it.
        hashes: Knows the hashes of files.
    """
    uses_tools = model.calls_tools or moss.Form(model.form).has_two_stages
    return Provenance(
        file=model.path if model.server else Path(model.path).name,
        sha256="" if model.server else hashes(Path(model.path)),
        quantization=model.quantization,
        engine=engine,
        device=model.server or model.device,
        sampling=options.sampling,
        tools=tuple(t.value for t in Tool if uses_tools and t in options.enabled),
        instruction=options.instruction,
    )
