"""A checkpoint opened and understood: what it is, and what becomes of its tensors."""

from dataclasses import dataclass
from pathlib import Path

from converter.architectures import codegen
from converter.checkpoint import Checkpoint, open_checkpoint
from converter.metadata import Form, Identity, identify
from converter.packing import Packing, find_packing
from converter.tokenizer import Vocabulary, read_vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All that is known of a checkpoint before a type is chosen.

    Attributes:
        checkpoint: Its files.
        parameters: Its shape.
        vocabulary: Its tokenizer.
        plan: What becomes of each tensor.
        identity: What it says it is.
        packing: How its linears are quantized, or None.
    """

    checkpoint: Checkpoint
    parameters: codegen.Hyperparameters
    vocabulary: Vocabulary
    plan: codegen.Plan
    identity: Identity
    packing: Packing | None

    @property
    def number_types(self) -> str:
        """How the weights are stored, for people."""
        if self.packing is not None:
            return str(self.packing)
        stored = self.checkpoint.tensors.values()
        return " and ".join(
            sorted({t.dtype.value for t in stored if t.dtype.is_weight})
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about it but does not stop a conversion."""
        if self.packing is None:
            return ()
        return tuple(self.packing.contradictions(self.checkpoint.config))


def open_source(folder: Path, form: Form | None = None) -> Source:
    """Opens and checks a checkpoint.

    Args:
        folder: The checkpoint's folder.
        form: What the user says about the dialogue, or None.

    Raises:
        ConversionError: The checkpoint cannot be converted.
    """
    checkpoint = open_checkpoint(folder)
    parameters = codegen.Hyperparameters.from_config(
        checkpoint.config, checkpoint.folder / "config.json"
    )
    vocabulary = read_vocabulary(checkpoint.folder, parameters.vocabulary)
    plan = codegen.plan(parameters, checkpoint.tensors)
    return Source(
        checkpoint=checkpoint,
        parameters=parameters,
        vocabulary=vocabulary,
        plan=plan,
        identity=identify(
            checkpoint.config,
            checkpoint.folder.resolve().name,
            has_markers=vocabulary.has_markers,
            form=form,
        ),
        packing=find_packing(target.rows for target in plan.targets),
    )
