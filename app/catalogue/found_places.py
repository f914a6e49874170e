"""Where other programs keep their GGUF models, and which there are.

They belong to those programs: they are read and used where they are, and nothing here
or elsewhere in this program deletes, moves or renames them. Places are those of the
programs' documentation, with the variables that move them.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.catalogue import found_ollama, model_files
from app.catalogue.model_files import ModelFiles


class Program(StrEnum):
    """A program whose models are found; the value is its own name."""

    LM_STUDIO = "LM Studio"
    GPT4ALL = "GPT4All"
    JAN = "Jan"
    LLAMA_CPP = "llama.cpp"
    HUGGING_FACE = "Hugging Face"
    OLLAMA = "Ollama"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides where programs keep things.

    Attributes:
        home: The user's folder.
        environment: Variables.
        platform: `sys.platform`.
    """

    home: Path
    environment: Mapping[str, str]
    platform: str

    @classmethod
    def here(cls) -> "Surroundings":
        """Those of this process."""
        return cls(Path.home(), os.environ, sys.platform)

    def named(self, variable: str) -> Path | None:
        """The folder that a variable names; None where it is not set."""
        text = self.environment.get(variable, "").strip()
        if text.startswith("~"):
            return self.home / text.lstrip("~").lstrip("/\\")
        return Path(text) if text else None

    @property
    def data(self) -> Path:
        """Where programs keep what is theirs, for this user and this computer."""
        match self.platform:
            case "win32":
                return self.named("LOCALAPPDATA") or self.home / "AppData" / "Local"
            case "darwin":
                return self.home / "Library" / "Application Support"
            case _:
                return self.named("XDG_DATA_HOME") or self.home / ".local" / "share"

    @property
    def roaming(self) -> Path:
        """The same for what follows a user of Windows to other computers."""
        if self.platform == "win32":
            return self.named("APPDATA") or self.home / "AppData" / "Roaming"
        return self.data

    @property
    def cache(self) -> Path:
        """Where programs keep what they can fetch again."""
        match self.platform:
            case "win32":
                return self.named("LOCALAPPDATA") or self.home / "AppData" / "Local"
            case "darwin":
                return self.home / "Library" / "Caches"
            case _:
                return self.named("XDG_CACHE_HOME") or self.home / ".cache"


@dataclass(frozen=True, slots=True)
class Found:
    """A model of another program.

    Attributes:
        program: Whose it is.
        model: Its files.
    """

    program: Program
    model: ModelFiles


def places(around: Surroundings) -> Iterator[tuple[Program, Path]]:
    """Where to look, whether there is anything or not."""
    home = around.home
    # The old place is still in use where somebody has had LM Studio for long.
    yield Program.LM_STUDIO, home / ".lmstudio" / "models"
    yield Program.LM_STUDIO, home / ".cache" / "lm-studio" / "models"
    yield Program.GPT4ALL, around.data / "nomic.ai" / "GPT4All"
    for folder in (around.roaming / "Jan" / "data", home / "jan"):
        yield Program.JAN, folder / "llamacpp" / "models"
        yield Program.JAN, folder / "models"
    yield Program.LLAMA_CPP, around.named("LLAMA_CACHE") or around.cache / "llama.cpp"
    yield Program.HUGGING_FACE, _hub(around)
    yield Program.OLLAMA, around.named("OLLAMA_MODELS") or home / ".ollama" / "models"
    if around.platform not in {"win32", "darwin"}:
        # Where its installer makes it a service of the system.
        yield Program.OLLAMA, Path("/usr/share/ollama/.ollama/models")


def models(around: Surroundings) -> tuple[Found, ...]:
    """All models of other programs; a file that several of them use counts once."""
    found: list[Found] = []
    seen: set[str] = set()
    for program, folder in places(around):
        for model in _models(program, folder):
            real = os.path.realpath(model.path)
            if real not in seen:
                seen.add(real)
                found.append(Found(program, model))
    return tuple(found)


def _hub(around: Surroundings) -> Path:
    """The cache of Hugging Face, as its client finds it."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        folder = around.named(variable)
        if folder is not None:
            return folder
    # The client takes ~/.cache on every system.
    cache = around.named("XDG_CACHE_HOME") or around.home / ".cache"
    return (around.named("HF_HOME") or cache / "huggingface") / "hub"


def _models(program: Program, folder: Path) -> tuple[ModelFiles, ...]:
    match program:
        case Program.OLLAMA:
            return found_ollama.in_folder(folder)
        case Program.JAN:
            found = model_files.in_folder(folder)
            return tuple(_named_by_folder(model, folder) for model in found)
        case _:
            return model_files.in_folder(folder)


def _named_by_folder(model: ModelFiles, folder: Path) -> ModelFiles:
    """Jan calls each file `model.gguf`; the folders above it say which it is."""
    if model.name != "model":
        return model
    return replace(model, name="/".join(model.path.parent.relative_to(folder).parts))
