"""`moss-convert verify`: what was just made fits, and whatever was spoilt is named."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from converter import evaluation_process, logit_check
from converter.__main__ import main
from converter.architectures import codegen
from converter.mixture import OUTPUT_TYPES
from converter.progress import Silent
from converter.tensors import qkv_order
from converter.verification import Request, verify as verify_file
from tests.checkpoints import (
    SMALL,
    TINY,
    Gptq,
    Shape,
    gptq_tensors,
    masks,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)
from tests.llama_checkpoints import write_llama

ROOT = Path(__file__).resolve().parents[2]
# Wide enough for every type, and two layers whose tensors can be exchanged.
SHAPE = Shape(width=256, layers=2, heads=8, rotary=16, context=320)
QKV = "blk.0.attn_qkv.weight"


def convert(folder, target, kind=None):
    options = () if kind is None else ("--type", kind)
    assert main([str(folder), str(target), *options, "--force"]) == 0
    return target


@pytest.fixture
def verify(capsys):
    """Verifies, and returns the exit code and the object that is printed."""

    def verify(folder, model, *options):
        code = main(["verify", str(folder), str(model), "--json", *options])
        output, errors = capsys.readouterr()
        assert errors == ""
        return code, json.loads(output)

    return verify


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("verify") / "moss", shape=SHAPE)


@pytest.fixture
def spoilt(folder, tmp_path):
    """Makes a file, and changes the bytes of one of its tensors."""

    def spoil(kind, name, change):
        path = convert(folder, tmp_path / "moss.gguf", kind)
        tensors = {tensor.name: tensor for tensor in GGUFReader(path, "r+").tensors}
        change(tensors[name].data.view(np.uint8), tensors)
        return path

    return spoil


def problems(found):
    return {finding["subject"]: finding["problem"] for finding in found["findings"]}


# -- what fits ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def verified(folder, tmp_path_factory):
    """Verifies a file of some type, each type once."""

    @cache
    def verified(kind):
        path = tmp_path_factory.mktemp(kind) / "moss.gguf"
        request = Request(
            checkpoint=folder, model=convert(folder, path, kind), tokens=96
        )
        return verify_file(request, Silent(sys.stderr))

    return verified


@pytest.mark.parametrize("kind", OUTPUT_TYPES)
def test_every_type_fits(verified, kind):
    found = verified(kind)
    assert found.findings == ()
    types = {each.kind: each for each in found.types}
    assert types["F32"].largest == 0
    zeros = SHAPE.layers * SHAPE.width  # a bias that CodeGen does not have
    weights = sum(tensor.size for tensor in random_tensors(SHAPE).values()) + zeros
    assert sum(each.weights for each in found.types) == weights
    divergence = found.divergence
    assert divergence.tokens == 96
    assert 0 <= divergence.mean <= divergence.largest
    assert divergence.perplexity == pytest.approx(
        divergence.reference_perplexity, rel=0.15
    )


def test_a_llama_fits(tmp_path):
    folder = write_llama(tmp_path / "llama")
    model = convert(folder, tmp_path / "llama.gguf", "F16")
    found = verify_file(Request(checkpoint=folder, model=model), Silent(sys.stderr))
    assert found.findings == ()
    assert found.divergence.mean < 1e-5
    assert found.divergence.same_top > 0.98


@pytest.mark.parametrize("kind", ["F32", "F16"])
def test_floats_are_the_original(verified, kind):
    found = verified(kind)
    assert all(each.largest == 0 for each in found.types)
    assert found.divergence.mean < 1e-6
    assert found.divergence.same_top > 0.98


def test_fewer_bits_lose_more(verified):
    kinds = ("F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K")
    losses = [verified(kind).divergence.mean for kind in kinds]
    assert losses == sorted(losses)
    by_error = [verified(kind).types[0].mean for kind in ("Q8_0", "Q5_1", "Q4_1")]
    assert by_error == sorted(by_error)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("kind", ["F32", "F16", "Q4_K_M"])
def test_other_number_types_fit(verify, tmp_path, *, dtype, kind):
    folder = write_checkpoint(tmp_path / "moss", shape=SHAPE, dtype=dtype)
    model = convert(folder, tmp_path / "moss.gguf", kind)
    code, found = verify(folder, model, "--tokens", "40")
    assert (code, found["findings"]) == (0, [])
    assert found["logits"]["tokens"] == 40


@pytest.mark.parametrize(
    "how",
    [Gptq(), Gptq(bits=8), Gptq(activation_order=True)],
    ids=["int4", "int8", "activation order"],
)
@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_1", "Q4_K_M"])
def test_quantized_checkpoints_fit(verify, tmp_path, *, how, kind):
    write_gptq_checkpoint(tmp_path / "moss", how, shape=SHAPE)
    model = convert(tmp_path / "moss", tmp_path / "moss.gguf", kind)
    code, found = verify(tmp_path / "moss", model, "--tokens", "40")
    assert (code, found["findings"]) == (0, [])
    if kind == "Q4_1" and how == Gptq():
        # Kept as it is, but for the minimum of each block.
        assert found["types"][0]["type"] == "Q4_1"
        assert found["types"][0]["mean_error"] < 0.001
        assert found["logits"]["lost"] < 0.001


def test_kept_blocks_of_zeros_fit(verify, tmp_path):
    # A minimum rounded to float16 makes them a little more than nothing.
    tensors, _ = gptq_tensors(SMALL, Gptq())
    name = "transformer.h.0.mlp.fc_in."
    zero = tensors[name + "qzeros"].view(np.uint32)[0, 0] & 15
    tensors[name + "qweight"][:, 0] = int((zero + 1) * 0x11111111) - (1 << 32) * (
        zero >= 7
    )
    write_gptq_checkpoint(tmp_path / "moss", Gptq(), shape=SMALL)
    write_checkpoint(tmp_path / "moss", shape=SMALL, tensors=tensors | masks(SMALL))
    model = convert(tmp_path / "moss", tmp_path / "moss.gguf", "Q4_1")
    tensors = {tensor.name: tensor.data for tensor in GGUFReader(model).tensors}
    assert tensors["blk.0.ffn_up.weight"][0].any()
    code, found = verify(tmp_path / "moss", model, "--no-logits")
    assert (code, found["findings"]) == (0, [])


def test_the_demo(verify, demo_gguf):
    code, found = verify(ROOT / "resources" / "demo", demo_gguf)
    assert (code, found["findings"]) == (0, [])
    assert found["logits"]["kl_mean"] < 1e-5
    assert found["logits"]["same_top"] == 1


def test_shards_fit(verify, tmp_path):
    folder = write_checkpoint(tmp_path / "moss", layout="sharded")
    code, _ = verify(folder, convert(folder, tmp_path / "moss.gguf"), "--no-logits")
    assert code == 0


# -- what does not -----------------------------------------------------------------


def flipped(data, _tensors):
    block = data.reshape(len(data), -1)[3]
    block[:] = ~block


def emptied(data, _tensors):
    data.reshape(len(data), -1)[3] = 0


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        *((kind, emptied) for kind in OUTPUT_TYPES),
        *((kind, flipped) for kind in ("F32", "F16", "BF16")),
    ],
)
def test_a_row_that_was_spoilt(folder, spoilt, verify, *, kind, change):
    name = "blk.1.ffn_up.weight"
    code, found = verify(folder, spoilt(kind, name, change))
    assert (code, found["fits"], found["logits"]) == (7, False, None)
    assert list(problems(found)) == [name]
    assert "the first in row 3" in problems(found)[name]


# Bytes of a block.
BLOCKS = {
    "Q8_0": 34,
    "Q5_1": 24,
    "Q5_0": 22,
    "Q4_1": 20,
    "Q4_0": 18,
    "Q6_K": 210,
    "Q5_K_M": 176,
    "Q4_K_M": 144,
    "Q3_K_M": 110,
    "Q2_K": 84,
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_one_block_that_was_flipped(folder, spoilt, verify, kind):
    def flip(data, _tensors):
        data[7, : BLOCKS[kind]] = ~data[7, : BLOCKS[kind]]

    name = "blk.0.ffn_up.weight"
    code, found = verify(folder, spoilt(kind, name, flip))
    assert code == 7
    blocks = SHAPE.width * 4 * SHAPE.width // (256 if "K" in kind else 32)
    assert f"1 of {blocks} blocks are" in problems(found)[name]
    assert "the first in row 7" in problems(found)[name]


def test_one_bit_of_a_float(folder, spoilt, verify):
    def flip(data, _tensors):
        data[5, 100] ^= 1

    code, found = verify(folder, spoilt("F16", QKV, flip))
    assert code == 7
    assert problems(found)[QKV].startswith("1 of 196608 weights are farther")


def test_a_bias_that_should_be_zero(folder, spoilt, verify):
    def fill(data, _tensors):
        data.view(np.float32)[:] = 1e-3

    name = "blk.1.attn_output.bias"
    code, found = verify(folder, spoilt("Q8_0", name, fill))
    assert code == 7
    assert problems(found)[name].startswith("256 of 256 weights are farther")
    assert {each["type"]: each["largest_error"] for each in found["types"]} == {
        "Q8_0": pytest.approx(0.02, abs=0.005),
        "F32": None,
    }


@pytest.mark.parametrize("kind", ["F16", "Q4_0", "Q2_K"])
def test_tensors_that_were_exchanged(folder, spoilt, verify, kind):
    names = [f"blk.{layer}.attn_output.weight" for layer in range(2)]

    def exchange(_data, tensors):
        one, other = (tensors[name].data for name in names)
        one[:], other[:] = other.copy(), one.copy()

    code, found = verify(folder, spoilt(kind, names[0], exchange))
    assert code == 7
    assert sorted(problems(found)) == names


def test_queries_and_keys_that_were_exchanged(folder, spoilt, verify):
    def exchange(data, _tensors):
        width = SHAPE.width
        data[: 2 * width] = np.roll(data[: 2 * width], width, axis=0)

    code, found = verify(folder, spoilt("Q4_0", QKV, exchange))
    assert code == 7
    assert list(problems(found)) == [QKV]


@pytest.mark.parametrize("kind", ["F32", "Q4_0"])
def test_another_checkpoint_of_the_same_shape(folder, verify, tmp_path, kind):
    other = write_checkpoint(tmp_path / "other", shape=SHAPE, seed=1)
    code, found = verify(folder, convert(other, tmp_path / "other.gguf", kind))
    assert code == 7
    # All but the zeros, of which there is one tensor in each layer.
    assert len(found["findings"]) == len(random_tensors(SHAPE))


def test_another_shape(folder, verify, tmp_path):
    other = write_checkpoint(tmp_path / "other")
    code, found = verify(folder, convert(other, tmp_path / "other.gguf", "F16"))
    assert code == 7
    named = problems(found)
    assert named["phi2.embedding_length"] == "it is 32 instead of 256"
    assert named["blk.0.ffn_up.bias"] == "its shape is [128] instead of [1024]"
    assert named["blk.1.ffn_up.bias"] == "it is missing"


def test_a_tensor_under_another_name(folder, verify, tmp_path):
    path = convert(folder, tmp_path / "moss.gguf", "F16")
    contents = path.read_bytes()
    assert contents.count(b"blk.0.ffn_up.bias") == 1
    path.write_bytes(contents.replace(b"blk.0.ffn_up.bias", b"blk.0.ffn_no.bias"))
    code, found = verify(folder, path)
    assert code == 7
    assert problems(found) == {
        "blk.0.ffn_up.bias": "it is missing",
        "blk.0.ffn_no.bias": "the checkpoint has nothing that it could be made of",
    }


def test_another_vocabulary(verify, tmp_path):
    folder = write_checkpoint(tmp_path / "moss")
    model = convert(folder, tmp_path / "moss.gguf", "F16")
    ids = json.loads((folder / "vocab.json").read_text("utf-8"))
    ids["the"], ids["a"] = ids["a"], ids["the"]
    (folder / "vocab.json").write_text(json.dumps(ids), "utf-8")
    code, found = verify(folder, model)
    assert code == 7
    assert problems(found)["tokenizer.ggml.tokens"].startswith("2 of 544 elements")


def wrong_rotation(**shape):
    return qkv_order(**shape | {"rotary": 0})


def exchanged_parts(**shape):
    return qkv_order(**shape | {"parts": 1})


@pytest.mark.parametrize("order", [wrong_rotation, exchanged_parts])
def test_a_converter_that_is_wrong(folder, verify, monkeypatch, *, tmp_path, order):
    # Weight by weight the file is what this converter makes; only the original's
    # predictions can tell.
    monkeypatch.setattr(codegen, "qkv_order", order)
    code, found = verify(folder, convert(folder, tmp_path / "moss.gguf", "F16"))
    assert code == 7
    assert list(problems(found)) == ["logits"]
    assert "of what the original knows is lost" in problems(found)["logits"]


# -- what cannot be checked --------------------------------------------------------


@pytest.mark.parametrize("size", [10, 3000, 100_000])
def test_a_file_that_is_cut_off(folder, verify, tmp_path, size):
    path = convert(folder, tmp_path / "moss.gguf", "Q8_0")
    os.truncate(path, size)
    code, found = verify(folder, path)
    assert (code, found["code"]) == (3, "checkpoint")
    assert "moss.gguf: the GGUF file is damaged or cut off" in found["message"]


def test_a_checkpoint_that_is_damaged(verify, tmp_path):
    folder = write_checkpoint(tmp_path / "moss")
    path = convert(folder, tmp_path / "moss.gguf")
    (folder / "merges.txt").unlink()
    code, found = verify(folder, path)
    assert (code, found["stage"]) == (3, "failed")
    assert "merges.txt" in found["message"]


def test_files_that_are_not_there(folder, verify, tmp_path):
    code, found = verify(folder, tmp_path / "nowhere.gguf")
    assert code == 3
    assert "nowhere.gguf" in found["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_llama_cpp_that_fails(folder, verify, monkeypatch, tmp_path):
    # As when there is too little memory for the model.
    program = (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    path = convert(folder, tmp_path / "moss.gguf", "F16")
    monkeypatch.setattr(evaluation_process, "_program", lambda: program)
    code, found = verify(folder, path)
    assert (code, found["code"]) == (8, "evaluation")
    assert "moss.gguf: llama.cpp crashed (SIGKILL); " in found["message"]


def test_a_text_without_tokens(tiny, verify, monkeypatch):
    monkeypatch.setattr(logit_check, "SAMPLE_TEXT", "")
    code, found = verify(*tiny)
    assert (code, found["code"]) == (8, "evaluation")
    assert "no tokens" in found["message"]


# -- the command -------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")
    folder = write_checkpoint(root / "moss", shape=TINY)
    return folder, convert(folder, root / "moss.gguf", "Q8_0")


def test_text_for_people(tiny, capsys):
    folder, model = tiny
    assert main(["verify", str(folder), str(model), "--tokens", "8"]) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.startswith("type  tensors  parameters  largest error  mean error\n")
    assert "compared on     8 tokens\n" in output
    assert (
        output.rstrip().splitlines()[-1].startswith(f"{model} is what {folder} makes.")
    )


def test_without_logits_no_process_is_started(tiny, verify, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    code, found = verify(*tiny, "--no-logits")
    assert (code, found["logits"]) == (0, None)


def test_progress_for_programs(tiny, capsys):
    arguments = ["verify", *map(str, tiny), "--progress", "json"]
    assert main([*arguments, "--threads", "1"]) == 0
    lines = list(map(json.loads, capsys.readouterr().out.splitlines()))
    stages = [line["stage"] for line in lines]
    assert stages[:2] == ["open", "start"]
    assert stages[-2:] == ["done", "verified"]
    told = [line["tensor"] for line in lines if line["stage"] == "verify"]
    assert told[0] == "token_embd.weight"
    assert told[-2:] == ["layer 1 of 1", "logits"]
    work = [line for line in lines if line["stage"] in {"start", "verify"}]
    halves = [n for n, line in enumerate(work) if line["stage"] == "start"]
    assert len(halves) == 2
    for half in (work[: halves[1]], work[halves[1] :]):
        done = [line["done"] for line in half]
        assert done == sorted(done)
        assert done[-1] == half[-1]["total"]


def test_a_bar(tiny, capsys):
    arguments = ["verify", *map(str, tiny), "--progress", "bar", "--no-logits"]
    assert main(arguments) == 0
    output, errors = capsys.readouterr()
    assert "moss.gguf, against moss-moon-003-sft-plugin" in errors
    assert "moss.gguf: checked in" in errors
    assert "\x1b" not in output


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", "b", "--tokens", "1"]])
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["verify", *arguments])
    assert caught.value.code == 2
    assert "usage: moss-convert verify" in capsys.readouterr().err


def test_help_says_that_it_is_there(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    # Its name may be broken at the hyphen.
    assert "convert verify CHECKPOINT_DIR" in capsys.readouterr().out


def test_llama_cpp_is_not_in_this_process(tiny):
    code = (
        "import sys; from converter.__main__ import main\n"
        f"assert main(['verify', *{list(map(str, tiny))!r}]) == 0\n"
        "assert not {'llama_cpp', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
