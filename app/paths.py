"""Where things are: the program's own resources and the user's files.

`MOSS_HOME` puts everything of the user's into one folder, for a portable copy and for
tests. `MOSS_BACKENDS` is another folder for the engine's modules.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app import frozen

_NAME = "moss-desktop"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one user.

    Attributes:
        data: Chats, their pictures, and models.
        config: Settings.
        cache: What can be made again at any time.
        resources: What ships with the program; read only.
        modules: Libraries that the user gives the engine for devices; one folder for
            each version of llama-cpp-python lies in it.
    """

    data: Path
    config: Path
    cache: Path
    resources: Path
    modules: Path

    @property
    def archive(self) -> Path:
        """The database of chats."""
        return self.data / "chats.sqlite3"

    @property
    def backups(self) -> Path:
        """The folder of the archive's daily copies."""
        return self.data / "backups"

    @property
    def models(self) -> Path:
        """The folder of converted models."""
        return self.data / "models"

    def models_in(self, chosen: str) -> Path:
        """The folder of models: the one that the user chose, or else ours."""
        return Path(chosen) if chosen else self.models

    @property
    def library(self) -> Path:
        """What is remembered of models."""
        return self.data / "library.json"

    @property
    def engine(self) -> Path:
        """What the engine remembers from one start to the next."""
        return self.data / "engine"

    @property
    def states(self) -> Path:
        """The folder of what the model has read of chats; see `engine.states`."""
        return self.cache / "states"

    @property
    def fingerprints(self) -> Path:
        """The file with the hashes of models."""
        return self.cache / "fingerprints.json"

    @property
    def tools(self) -> Path:
        """The folder below which each tool keeps what is its own."""
        return self.data / "tools"

    @property
    def pictures(self) -> Path:
        """The pictures that were made for chats."""
        return self.data / "pictures"

    @property
    def presets(self) -> Path:
        """The file of presets."""
        return self.config / "presets.json"

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "settings.json"

    @property
    def demo_checkpoint(self) -> Path:
        """The demo model as it ships: a checkpoint in MOSS's published form."""
        return self.resources / "demo"

    @property
    def translations(self) -> Path:
        """Compiled Qt translations."""
        return self.resources / "translations"

    @property
    def icons(self) -> Path:
        """SVG icons."""
        return self.resources / "icons"


def program_folder() -> Path:
    """Where to start child processes, so that they import this very program.

    `python -m` looks for modules in the working directory first, and ggml for
    libraries: it must not be a folder that a user happens to be in.
    """
    if frozen.is_frozen():
        return Path(sys.executable).parent
    return Path(__file__).resolve().parents[1]


def find() -> Paths:
    """The folders of this user and this installation; creates none of them."""
    home = os.environ.get("MOSS_HOME")
    if home:
        data = config = cache = Path(home).expanduser().absolute()
    else:
        data = Path(platformdirs.user_data_dir(_NAME, appauthor=False))
        config = Path(platformdirs.user_config_dir(_NAME, appauthor=False))
        cache = Path(platformdirs.user_cache_dir(_NAME, appauthor=False))
    modules = os.environ.get("MOSS_BACKENDS")
    return Paths(
        data=data,
        config=config,
        cache=cache,
        resources=_resources(),
        modules=Path(modules).expanduser().absolute() if modules else data / "backends",
    )


def _resources() -> Path:
    """In a frozen build, in an installed wheel, or in a source tree."""
    contents = frozen.contents()
    if contents is not None:
        return contents / "resources"
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
