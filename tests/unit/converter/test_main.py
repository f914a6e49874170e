import json
import os
import signal
import subprocess
import sys

import pytest
from gguf import GGUFReader

from converter import __version__
from converter.__main__ import main
from converter.mixture import DEFAULT_TYPE
from tests.checkpoints import (
    SMALL,
    TINY,
    Gptq,
    gptq_tensors,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss-moon-003-sft")


@pytest.fixture
def target(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "moss.gguf"


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_converts_with_the_default_type(folder, target, capsys):
    assert run(folder, target) == 0
    assert DEFAULT_TYPE == "Q4_0"
    assert GGUFReader(target).get_field("general.file_type").contents() == 2
    assert capsys.readouterr() == ("", "")


def types_in(path):
    """The type of each tensor of two dimensions."""
    return {
        tensor.name: tensor.tensor_type.name
        for tensor in GGUFReader(path).tensors
        if len(tensor.shape) == 2
    }


def test_int4_is_kept_by_default(tmp_path, target, capsys):
    write_gptq_checkpoint(tmp_path / "int4", Gptq())
    assert run(tmp_path / "int4", target, "--progress", "bar") == 0
    assert types_in(target) == {
        "token_embd.weight": "F16",
        "blk.0.attn_qkv.weight": "Q4_1",
        "blk.0.attn_output.weight": "Q4_1",
        "blk.0.ffn_up.weight": "Q4_1",
        "blk.0.ffn_down.weight": "Q4_1",
        "output.weight": "F16",
    }
    words = "Q4_1 from GPTQ int4 in groups of 128, kept as it is"
    assert words in capsys.readouterr().err
    assert GGUFReader(target).get_field("moss.quantization").contents() == words


def test_q4_1_is_how_int4_is_kept(tmp_path, target):
    write_gptq_checkpoint(tmp_path / "int4", Gptq())
    other = target.with_name("other.gguf")
    assert run(tmp_path / "int4", target) == 0
    assert run(tmp_path / "int4", other, "--type", "Q4_1") == 0
    assert target.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("how", "kind"),
    [(Gptq(bits=8), "Q8_0"), (Gptq(activation_order=True), "Q4_0")],
    ids=["int8", "activation order"],
)
def test_other_gptq_files_get_another_default(tmp_path, target, *, how, kind):
    write_gptq_checkpoint(tmp_path / "moss", how)
    assert run(tmp_path / "moss", target) == 0
    assert types_in(target)["blk.0.ffn_up.weight"] == kind


@pytest.mark.parametrize("progress", ["none", "bar", "json"])
def test_a_wrong_number_of_bits_in_the_config_is_a_warning(
    tmp_path, target, capsys, *, progress
):
    write_gptq_checkpoint(tmp_path / "moss", Gptq(bits=8), wbits=4)
    assert run(tmp_path / "moss", target, "--progress", progress) == 0
    output, errors = capsys.readouterr()
    words = "config.json says wbits 4, but the weights have 8 bits"
    assert words in (output if progress == "json" else errors)
    assert types_in(target)["blk.0.ffn_up.weight"] == "Q8_0"


def test_names_the_scales_with_a_bad_number(tmp_path, target, capsys):
    quantized, _ = gptq_tensors(SMALL, Gptq())
    name = "transformer.h.0.mlp.fc_out.scales"
    quantized[name][0, 3] = float("nan")
    write_checkpoint(tmp_path / "moss", shape=SMALL, tensors=quantized)
    assert run(tmp_path / "moss", target) == 3
    message = capsys.readouterr().err
    assert f"pytorch_model.bin: tensor {name}: it holds a number" in message
    assert names_in(target.parent) == []


@pytest.mark.parametrize("kind", ["f32", "F16", "q8_0", "Q4_K_M"])
def test_types_in_any_case(folder, target, kind):
    assert run(folder, target, "--type", kind) == 0
    assert names_in(target.parent) == ["moss.gguf"]


def test_json_progress_is_all_of_standard_output(folder, target, capsys):
    assert run(folder, target, "--progress", "json") == 0
    output, errors = capsys.readouterr()
    lines = list(map(json.loads, output.splitlines()))
    assert [line["stage"] for line in lines[:3]] == ["open", "start", "convert"]
    assert lines[-2]["done"] == lines[-2]["total"]
    assert lines[-1]["stage"] == "done"
    assert lines[-1]["size"] == target.stat().st_size
    assert errors == ""


def test_bar_goes_to_standard_error(folder, target, capsys):
    assert run(folder, target, "--progress", "bar") == 0
    output, errors = capsys.readouterr()
    assert output == ""
    assert "100 %" in errors


def test_refuses_to_overwrite(folder, target, capsys):
    target.write_text("precious")
    assert run(folder, target) == 5
    assert capsys.readouterr().err == (
        f"error: {target}: the file exists already; choose another name, or allow it "
        "with --force.\n"
    )
    assert target.read_text() == "precious"
    assert run(folder, target, "--force") == 0


def test_cannot_replace_its_own_source(folder, capsys):
    weights = folder / "pytorch_model.bin"
    before = weights.read_bytes()
    assert run(folder, weights, "--force") == 5
    assert "belongs to the checkpoint" in capsys.readouterr().err
    assert weights.read_bytes() == before


def test_paths_with_spaces_chinese_and_emoji(tmp_path):
    folder = write_checkpoint(tmp_path / "我的 模型 🙂", layout="sharded")
    target = tmp_path / "输 出 🎉.gguf"
    assert run(folder, target, "--type", "F16") == 0
    assert GGUFReader(target).get_field("general.name").contents()


def test_form_can_be_said(folder, target):
    assert run(folder, target, "--form", "plugin") == 0
    assert GGUFReader(target).get_field("moss.form").contents() == "plugin"


def test_threads_do_not_change_the_result(folder, tmp_path):
    files = [tmp_path / f"{threads}.gguf" for threads in (1, 3)]
    for threads, file in zip((1, 3), files, strict=True):
        assert run(folder, file, "--threads", threads) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_dry_run_says_what_would_be_and_writes_nothing(folder, target, capsys):
    assert run(folder, target, "--dry-run", "--type", "Q4_0") == 0
    output, errors = capsys.readouterr()
    assert names_in(target.parent) == []
    assert errors == ""
    lines = output.splitlines()
    assert "into Q4_0" in lines[0]
    assert any(
        line.split()[:5] == ["blk.0.ffn_up.weight", "128", "×", "32", "Q4_0"]
        for line in lines
    )
    assert lines[-1].endswith("are free. Nothing was written.")


@pytest.mark.parametrize("kind", ["F16", "Q4_0", None])
def test_a_dry_run_is_right_about_every_tensor_and_the_size(
    folder, target, capsys, *, kind
):
    options = ("--type", kind) if kind else ()
    assert run(folder, target, "--dry-run", "--progress", "json", *options) == 0
    (line,) = capsys.readouterr().out.splitlines()
    plan = json.loads(line)
    assert run(folder, target, *options) == 0
    assert plan["size"] == target.stat().st_size
    assert plan["type"] == (kind or DEFAULT_TYPE)
    assert [
        (tensor["name"], tensor["type"], tensor["size"], tensor["shape"])
        for tensor in plan["tensors"]
    ] == [
        (t.name, t.tensor_type.name, t.n_bytes, t.shape.tolist()[::-1])
        for t in GGUFReader(target).tensors
    ]


def test_a_dry_run_fails_where_the_conversion_would(folder, target, capsys):
    target.write_text("precious")
    assert run(folder, target, "--dry-run") == 5
    assert "the file exists already" in capsys.readouterr().err
    assert run(folder, target, "--dry-run", "--force") == 0
    assert target.read_text() == "precious"
    (folder / "vocab.json").unlink()
    assert run(folder, target, "--dry-run", "--force") == 3


def test_a_dry_run_says_that_the_disk_has_no_room(
    folder, target, *, capsys, monkeypatch
):
    monkeypatch.setattr("converter.output_file.free_space", lambda _: 1000)
    assert run(folder, target, "--dry-run") == 5
    output, errors = capsys.readouterr()
    assert "Nothing was written" in output
    assert "1.0 kB are free, and the file needs" in errors


def test_a_dry_run_shows_warnings(tmp_path, target, capsys):
    write_gptq_checkpoint(tmp_path / "moss", Gptq(bits=8), wbits=4)
    assert run(tmp_path / "moss", target, "--dry-run") == 0
    output, errors = capsys.readouterr()
    assert "config.json says wbits 4" in errors
    assert "Q8_0 from GPTQ int8 in groups of 128" in output


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (lambda f: (f / "config.json").unlink(), 3, "config.json: the file is missing"),
        (lambda f: (f / "vocab.json").write_text("{"), 3, "vocab.json"),
        (lambda f: (f / "config.json").write_text('{"model_type": "x"}'), 4, "moss"),
        (lambda f: os.truncate(f / "pytorch_model.bin", 5000), 3, "download"),
    ],
    ids=["no config", "broken vocabulary", "other model", "cut off"],
)
def test_errors_are_one_sentence_and_leave_nothing(
    folder, target, capsys, *, spoil, code, words
):
    spoil(folder)
    assert run(folder, target) == code
    message = capsys.readouterr().err
    assert words in message
    assert message.startswith("error: ")
    assert message.endswith(".\n")
    assert message.count("\n") == 1
    assert names_in(target.parent) == []


@pytest.mark.parametrize("kind", ["F16", "Q8_0"])
def test_names_the_tensor_with_a_bad_number(tmp_path, target, capsys, *, kind):
    tensors = random_tensors(TINY)
    tensors["transformer.h.0.mlp.fc_in.weight"][3, 5] = float("nan")
    folder = write_checkpoint(tmp_path / "moss", tensors=tensors)
    assert run(folder, target, "--type", kind) == 3
    assert (
        "pytorch_model.bin: tensor transformer.h.0.mlp.fc_in.weight: it holds a number"
    ) in capsys.readouterr().err
    assert names_in(target.parent) == []


def test_json_errors(folder, target, capsys):
    (folder / "merges.txt").unlink()
    assert run(folder, target, "--progress", "json") == 3
    (line,) = capsys.readouterr().out.splitlines()
    error = json.loads(line)
    assert (error["stage"], error["code"]) == ("failed", "checkpoint")
    assert "merges.txt" in error["message"]


@pytest.mark.parametrize(
    "arguments", [[], ["a"], ["a", "b", "--type", "Q9"], ["a", "b", "--threads", "0"]]
)
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: moss-convert" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_runs_as_a_module(folder, target):
    command = [sys.executable, "-m", "converter", folder, target, "--type", "F16"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert target.exists()


def test_importing_the_converter_does_not_import_llama_cpp(folder, target):
    code = (
        "import sys; from converter.__main__ import main\n"
        f"assert main([{str(folder)!r}, {str(target)!r}]) == 0\n"
        "assert not {'llama_cpp', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM to send")
def test_what_was_terminated_is_gone_on_with(tmp_path, target):
    # Large enough that it is still at work when the signal comes.
    shape = type(TINY)(width=512, layers=8, heads=8, rotary=32)
    folder = write_checkpoint(tmp_path / "moss", shape=shape)
    command = [sys.executable, "-m", "converter", folder, target, "--progress", "json"]
    with subprocess.Popen(
        [*command, "--type", "Q4_K_M"], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if json.loads(line)["stage"] == "convert":
                process.send_signal(signal.SIGTERM)
                break
        rest = list(map(json.loads, process.stdout))
    assert process.returncode == 130
    assert rest[-1]["code"] == "interrupted"
    assert sorted(names_in(target.parent)) == [
        "moss.gguf.part",
        "moss.gguf.part.journal",
    ]
    result = subprocess.run(
        [*command, "--type", "Q4_K_M"], capture_output=True, text=True, check=True
    )
    start = json.loads(result.stdout.splitlines()[1])
    assert start["stage"] == "start"
    assert 0 < start["done"] < start["total"]
    assert names_in(target.parent) == ["moss.gguf"]
