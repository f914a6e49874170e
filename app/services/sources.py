"""Where a model is: in a file of this computer, or on a server."""

from pathlib import Path
from typing import TypeAlias

from app.domain.errors import UserError
from app.domain.remote import RemoteModel, is_link
from app.store.settings import Settings

ModelSource: TypeAlias = Path | RemoteModel


def parse(text: str) -> ModelSource:
    """Reads a path or a link.

    Raises:
        UserError: `ErrorCode.SERVER_ADDRESS`: a link that cannot be used.
    """
    return RemoteModel.parse(text) if is_link(text) else Path(text)


def text_of(source: ModelSource) -> str:
    """What `parse` reads, and what the engine loads."""
    return source.link if isinstance(source, RemoteModel) else str(source)


def last(settings: Settings) -> ModelSource | None:
    """What was in use last; None where there is none, or it is not there any more.

    Whether a server is there is for the engine to find out.
    """
    try:
        source = parse(settings.model_path) if settings.model_path else None
    except UserError:
        return None
    if isinstance(source, Path) and not source.is_file():
        return None
    return source
