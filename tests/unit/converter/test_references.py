from dataclasses import dataclass

import pytest

from converter.errors import UnsupportedError
from converter.reference import Reference
from converter.references import find_reference
from converter.source import open_source
from tests.checkpoints import write_checkpoint


@dataclass(frozen=True)
class Unknown:
    title: str = "Unknown"


def test_codegen(tmp_path):
    source = open_source(write_checkpoint(tmp_path / "moss"))
    reference = find_reference(source.model, {}, tmp_path)
    assert isinstance(reference, Reference)
    assert reference.parameters is source.model


def test_an_architecture_without_a_reference(tmp_path):
    with pytest.raises(UnsupportedError, match=r"reference for Unknown .*--no-logits"):
        find_reference(Unknown(), {}, tmp_path)
