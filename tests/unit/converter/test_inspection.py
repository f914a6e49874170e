import json
import os

import pytest
from gguf import GGUFReader, GGUFWriter

from converter.__main__ import main
from converter.errors import CheckpointError
from converter.inspection import inspect, inspection_json, inspection_text
from tests.checkpoints import (
    SMALL,
    TINY,
    Gptq,
    gptq_tensors,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss-moon-003-sft", layout="sharded")


@pytest.fixture
def model(folder, tmp_path):
    path = tmp_path / "模型 🙂.gguf"
    assert main([str(folder), str(path), "--type", "Q8_0"]) == 0
    return path


def run(*arguments):
    return main(["inspect", *map(str, arguments)])


def weights(tensors):
    return sum(tensor.size for tensor in tensors.values())


def test_a_checkpoint(folder):
    found = inspect(folder)
    assert found.architecture == "moss (CodeGen)"
    assert found.form == "PyTorch archive, 3 files, float16"
    assert found.parameters == weights(random_tensors(TINY))
    uses = {use.kind: use.size for use in found.types}
    assert uses == {"float16": 2 * found.parameters, "buffers": TINY.context**2}
    assert found.licence == "agpl-3.0"
    assert found.origin == "https://huggingface.co/fnlp/moss-moon-003-sft-plugin"


@pytest.mark.parametrize("bits", [4, 8])
def test_a_checkpoint_of_gptq(tmp_path, bits):
    write_gptq_checkpoint(tmp_path / "moss", Gptq(bits=bits), wbits=3)
    found = inspect(tmp_path / "moss")
    assert found.form == f"PyTorch archive, 1 file, GPTQ int{bits} in groups of 128"
    # A linear counts as the weights that it stands for.
    quantized, meant = gptq_tensors(SMALL, Gptq(bits=bits))
    assert found.parameters == weights(meant)
    (packed,) = (use for use in found.types if use.kind == f"GPTQ int{bits}")
    assert packed.tensors == 4
    parts = [
        t for n, t in quantized.items() if n.endswith(("qweight", "qzeros", "idx"))
    ]
    scales = [t for n, t in quantized.items() if n.endswith("scales")]
    assert packed.size == sum(t.nbytes for t in parts) + sum(2 * t.size for t in scales)
    assert "wbits 3" in found.warnings[0]


def test_memory_is_that_of_the_converted_model(folder, tmp_path):
    target = tmp_path / "moss.gguf"
    assert main([str(folder), str(target)]) == 0
    before, after = inspect(folder), inspect(target)
    assert before.memory_type == after.memory_type == "Q4_0"
    assert before.weights_memory == after.weights_memory
    assert after.weights_memory == sum(
        int(t.n_bytes) for t in GGUFReader(target).tensors
    )
    # Keys and values of each layer and position, two bytes each.
    cells = 2 * TINY.layers * TINY.context * TINY.width
    assert before.context_memory == after.context_memory == 2 * cells


def test_a_gguf(model):
    found = inspect(model)
    assert found.architecture == "phi2"
    assert found.form == "GGUF, version 3"
    assert found.dialogue == "plugin"
    assert found.context == TINY.context
    assert {use.kind for use in found.types} == {"Q8_0", "F32"}
    assert "Q8_0 from float16" in found.origin


def test_a_gguf_of_other_programs_that_says_little(tmp_path):
    path = tmp_path / "other.gguf"
    writer = GGUFWriter(path, "mamba")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = inspect(path)
    assert (found.name, found.architecture) == ("other", "mamba")
    assert found.parameters == found.context_memory == 0
    assert inspection_text(found)


def test_a_file_cut_off_anywhere_is_refused(model):
    size = model.stat().st_size
    for kept in (size - 40, size // 2, 5000, 300, 30, 5):
        os.truncate(model, kept)
        with pytest.raises(CheckpointError, match="damaged or cut off"):
            inspect(model)


@pytest.mark.parametrize("data", [b"", b"GG", b"PK\x03\x04", b"\0" * 64])
def test_refuses_other_files(tmp_path, data):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"no GGUF file; give a GGUF file or"):
        inspect(path)


def test_refuses_what_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "nowhere") == 3
    assert "nowhere: there is no such file or folder" in capsys.readouterr().err


def test_the_text_has_a_line_for_each_thing(folder, capsys):
    assert run(folder) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    lines = dict(line.split(maxsplit=1) for line in output.splitlines() if line)
    assert lines["name"] == "moss-moon-003-sft-plugin"
    assert lines["licence"] == "agpl-3.0"
    assert lines["memory"].endswith("for a context of 64 tokens, converted into Q4_0")
    assert lines["float16"].split()[0] == str(len(random_tensors(TINY)))


def test_json(model, capsys):
    assert run(model, "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == inspection_json(inspect(model))


def test_json_errors(tmp_path, capsys):
    assert run(tmp_path, "--json") == 3
    error = json.loads(capsys.readouterr().out)
    assert (error["stage"], error["code"]) == ("failed", "checkpoint")


def test_warnings_go_to_standard_error(tmp_path, capsys):
    write_gptq_checkpoint(tmp_path / "moss", Gptq(bits=8), wbits=4)
    assert run(tmp_path / "moss") == 0
    output, errors = capsys.readouterr()
    assert "wbits 4" in errors
    assert "warning" not in output


def test_a_folder_named_inspect_still_converts(tmp_path, monkeypatch):
    write_checkpoint(tmp_path / "inspect")
    monkeypatch.chdir(tmp_path)
    assert main(["./inspect", "out.gguf", "--type", "F16"]) == 0
