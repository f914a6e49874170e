"""What a saved state of a model depends on, and which models can have one."""

import hashlib
from pathlib import Path
from typing import Final

import llama_cpp

from app.engine.backends.llama.model import Model
from app.engine.protocol import Load
from app.engine.state_files import StateFolder
from app.engine.states import States, block_tokens

_HEADER_BYTES: Final = 8 << 20
"""Of the file, from its beginning: metadata, vocabulary, and the first weights."""
_SLICE: Final = 64 << 10
"""Read at a time: there may be hardly any memory left."""


def states_of(command: Load, model: Model) -> States | None:
    """The saved states of a model that was just loaded; None where none are kept."""
    if command.state_folder is None or not model.keeps_stretches:
        return None
    try:
        identity = _identity(Path(command.path))
    except OSError:
        return None
    settings = (model.window, model.key_type, model.value_type)
    folder = StateFolder(
        Path(command.state_folder),
        engine=f"llama.cpp {llama_cpp.__version__}",
        model=repr((identity, settings)),
        budget=command.state_budget,
    )
    return States(folder, block_tokens=block_tokens(model.token_bytes))


def _identity(path: Path) -> tuple[object, ...]:
    """Tells a model file from every other."""
    facts = path.stat()
    header = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        for _ in range(_HEADER_BYTES // _SLICE):
            header.update(file.read(_SLICE))
    return str(path), facts.st_size, facts.st_mtime_ns, header.hexdigest()
