"""A checkpoint as far as its small files tell: what it is and what it will become."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter import sentencepiece_tokenizer, tokenizer
from converter.architectures.architecture import Architecture, find_architecture
from converter.checkpoint import read_config, read_weights, weight_files
from converter.intake import Intake, Ready
from converter.metadata import Form, Identity, identify
from converter.vocabulary import Tokenizer, Vocabulary

_READERS = {
    Tokenizer.GPT2: tokenizer.read_vocabulary,
    Tokenizer.SENTENCEPIECE: sentencepiece_tokenizer.read_vocabulary,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """All weights of a checkpoint.

    Attributes:
        files: The files they are in.
        ready: What each tensor of the GGUF is made of.
        skipped: Bytes of the buffers that are left out, by name.
    """

    files: tuple[Path, ...]
    ready: tuple[Ready, ...]
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All that is known of a checkpoint before its weights are there.

    Attributes:
        folder: Where it is.
        config: Contents of `config.json`.
        model: Its architecture and shape.
        vocabulary: Its tokenizer.
        identity: What it says it is.
    """

    folder: Path
    config: Mapping[str, Any]
    model: Architecture
    vocabulary: Vocabulary
    identity: Identity

    def intake(self) -> Intake:
        """Returns what takes its weights in."""
        return Intake(self.model.targets(), self.model.is_buffer)

    def take_all(self) -> Taken:
        """Takes in all weights, which have to be in the folder.

        Raises:
            ConversionError: Something is missing, damaged or too much.
        """
        intake = self.intake()
        files = weight_files(self.folder)
        for file in files:
            intake.add(read_weights(file).values())
        ready = tuple(intake.ready())
        intake.check_complete()
        return Taken(files, ready, intake.skipped)


def open_source(folder: Path, form: Form | None = None) -> Source:
    """Reads and checks everything but the weights.

    Args:
        folder: The checkpoint's folder.
        form: What the user says about the dialogue, or None.

    Raises:
        ConversionError: The checkpoint cannot be converted.
    """
    config = read_config(folder)
    model = find_architecture(config, folder / "config.json")
    read_vocabulary = _READERS[model.tokenizer]
    vocabulary = read_vocabulary(folder, model.vocabulary)
    return Source(
        folder=folder,
        config=config,
        model=model,
        vocabulary=vocabulary,
        identity=identify(
            config,
            folder.resolve().name,
            architecture=model.name,
            has_markers=vocabulary.has_markers,
            form=form,
        ),
    )
