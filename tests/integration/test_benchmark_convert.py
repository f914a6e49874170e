"""The converter's benchmark, with a stand-in for llama.cpp's script, which needs torch.

The stand-in makes its float file from the MOSS beside the phi-2; the quantizer behind
it is llama.cpp's own.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from benchmarks import convert
from benchmarks.conversion.arena import SCRIPT, VOCABULARY, Plan
from benchmarks.conversion.results import Way
from benchmarks.conversion.size import Size
from benchmarks.conversion.twins import CODEGEN, PHI2, gpt2_tokenizer, write_twins
from benchmarks.measure import MeasureError
from converter.__main__ import main
from tests.checkpoints import merges, vocabulary

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the benchmarks measure on Linux only"
)
ROOT = Path(__file__).parents[2]
SIZE = Size(width=256, layers=2, heads=8, rotary=16, vocabulary=512, context=64)
STAND_IN = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from converter.__main__ import main
folder, *options = sys.argv[1:]
if "--vocab-only" not in options:
    values = dict(zip(options[::2], options[1::2]))
    kind = {kinds!r}.get(values["--outtype"], values["--outtype"])
    moss = Path(folder).parent / {codegen!r}
    sys.exit(main([str(moss), values["--outfile"], "--type", kind]))
"""
# llama.cpp's names for those under which phi-2 was published, from its
# `gguf-py/gguf/tensor_mapping.py`.
NAMES = {
    "transformer.embd.wte": "token_embd",
    "lm_head.ln": "output_norm",
    "lm_head.linear": "output",
} | {
    f"transformer.h.{layer}.{old}": f"blk.{layer}.{new}"
    for layer in range(SIZE.layers)
    for old, new in (
        ("ln", "attn_norm"),
        ("mixer.Wqkv", "attn_qkv"),
        ("mixer.out_proj", "attn_output"),
        ("mlp.fc1", "ffn_up"),
        ("mlp.fc2", "ffn_down"),
    )
}


def write_llama_cpp(folder, **kinds):
    """Writes what the benchmark uses of a source tree; `kinds` become others."""
    (folder / VOCABULARY).parent.mkdir(parents=True)
    writer = GGUFWriter(folder / VOCABULARY, "gpt2")
    writer.add_token_list(list(vocabulary()))
    writer.add_token_merges([" ".join(pair) for pair in merges()])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    script = STAND_IN.format(root=str(ROOT), kinds=kinds, codegen=CODEGEN)
    (folder / SCRIPT).write_text(script, "utf-8")
    return folder


@pytest.fixture
def llama_cpp(tmp_path):
    return write_llama_cpp(tmp_path / "llama.cpp")


def plan(tmp_path, llama_cpp, *kinds, runs=1):
    return Plan(
        sizes=(SIZE,),
        kinds=kinds,
        runs=runs,
        llama_cpp=llama_cpp,
        python=Path(sys.executable),
        is_cold=False,
        work=tmp_path / "work",
    )


def safetensors(path):
    """The tensors of a safetensors file of float16."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    del header["__metadata__"]
    return {
        name: np.frombuffer(
            data[8 + size :][slice(*entry["data_offsets"])], np.float16
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def test_both_twins_are_one_model(tmp_path, llama_cpp):
    write_twins(tmp_path, SIZE, gpt2_tokenizer(llama_cpp / VOCABULARY), seed=3)
    target = tmp_path / "moss.gguf"
    assert main([str(tmp_path / CODEGEN), str(target), "--type", "F16"]) == 0
    moss = {tensor.name: tensor.data for tensor in GGUFReader(target).tensors}
    phi2 = safetensors(tmp_path / PHI2 / "model.safetensors")
    assert sum(values.nbytes for values in phi2.values()) == SIZE.weights
    for old, values in phi2.items():
        stem, _, part = old.rpartition(".")
        np.testing.assert_array_equal(moss.pop(f"{NAMES[stem]}.{part}"), values)
        # CodeGen has no such bias, and its twin none that does anything.
        assert values.any() != (old.endswith("out_proj.bias"))
    assert not moss


def test_a_run_measures_every_way_and_leaves_only_the_models(tmp_path, llama_cpp):
    trials = convert.run(plan(tmp_path, llama_cpp, "Q8_0", runs=2))
    ways = [trial.way for trial in trials]
    assert ways == [*Way, *reversed(Way)], "neither side is always the first"
    ours, steps, direct, *_ = trials
    assert (len(ours.steps), len(steps.steps), len(direct.steps)) == (1, 2, 1)
    assert ours.written == direct.written > SIZE.weights / 2
    assert steps.written > ours.written + SIZE.weights
    assert all(step.peak > step.anonymous for t in trials for step in t.steps)
    left = sorted(path.name for path in (tmp_path / "work").iterdir())
    assert left == ["256x2", "log.txt"]


def test_a_peer_with_other_tensors_is_no_peer(tmp_path):
    other = write_llama_cpp(tmp_path / "llama.cpp", q8_0="Q5_0")
    with pytest.raises(MeasureError, match=r"tensors differ: .*blk\.0\.ffn_up\.weight"):
        convert.run(plan(tmp_path, other, "Q8_0"))


def test_a_folder_without_llama_cpp_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        convert.main(["--llama-cpp", str(tmp_path), "--work", str(tmp_path / "work")])
    assert f"there is no {SCRIPT} in {tmp_path}" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()
