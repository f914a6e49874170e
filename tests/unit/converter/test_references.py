from dataclasses import dataclass

import pytest

from converter.checkpoint import open_checkpoint
from converter.errors import UnsupportedError
from converter.reference import Reference
from converter.reference_llama import LlamaReference
from converter.references import find_reference
from converter.source import open_source
from tests.checkpoints import write_checkpoint
from tests.llama_checkpoints import write_llama


@dataclass(frozen=True)
class Unknown:
    title: str = "Unknown"


@pytest.mark.parametrize(
    ("write", "kind"),
    [(write_checkpoint, Reference), (write_llama, LlamaReference)],
    ids=["codegen", "llama"],
)
def test_each_architecture_has_its_own(tmp_path, write, kind):
    folder = write(tmp_path / "model")
    source, checkpoint = open_source(folder), open_checkpoint(folder)
    reference = find_reference(source.model, checkpoint.tensors, folder)
    assert isinstance(reference, kind)
    assert reference.logits([0, 1]).shape == (2, source.model.vocabulary)


def test_an_architecture_without_a_reference(tmp_path):
    with pytest.raises(UnsupportedError, match=r"reference for Unknown .*--no-logits"):
        find_reference(Unknown(), {}, tmp_path)
