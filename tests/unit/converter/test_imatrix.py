import os
import struct

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.constants import GGMLQuantizationType as T

from converter.__main__ import main
from converter.errors import ImatrixError, UnsupportedError
from converter.imatrix import Weighting, read_imatrix, weigh
from converter.writer import TensorInfo
from tests.checkpoints import (
    TINY,
    Gptq,
    write_checkpoint,
    write_gptq_checkpoint,
)
from tests.imatrices import TOKENS, entry, random_sums, write_imatrix

UP, DOWN = "blk.0.ffn_up.weight", "blk.0.ffn_down.weight"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "imatrix.gguf"


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss")


def linears(width=TINY.width):
    """Entries for all linears of a layer, as `llama-imatrix` writes them."""
    columns = dict.fromkeys(("attn_qkv", "attn_output", "ffn_up"), width)
    columns["ffn_down"] = 4 * width
    return {
        f"blk.0.{name}.weight": entry(random_sums(size))
        for name, size in columns.items()
    }


def convert(folder, target, imatrix, *options):
    return main([str(folder), str(target), "--imatrix", str(imatrix), *options])


def infos(kind=T.Q4_K, columns=256):
    names = ("token_embd.weight", UP, DOWN, "output.weight")
    return [TensorInfo(name, (8, columns), kind) for name in names]


# -- reading -----------------------------------------------------------------------


def test_importance_is_the_mean_of_the_squares(path):
    sums = np.array([3, 0, 1e30, 7], np.float32)
    write_imatrix(path, {UP: entry(sums), "output.weight": entry([5, 6], [4])})
    found = read_imatrix(path)
    assert found.importance.keys() == {UP, "output.weight"}
    assert found.importance[UP].dtype == np.float32
    np.testing.assert_array_equal(found.importance[UP], sums / np.float32(TOKENS))
    np.testing.assert_array_equal(found.importance["output.weight"], [1.25, 1.5])
    assert (found.dataset, found.chunks) == ("calibration.txt", 3)


@pytest.mark.parametrize(("count", "divisor"), [(2.4, 2), (2.5, 3), (1.5, 2)])
def test_counts_are_rounded_to_whole_numbers(path, count, divisor):
    write_imatrix(path, {UP: entry([3, 6], [count])})
    expected = np.array([3, 6], np.float32) / np.float32(divisor)
    np.testing.assert_array_equal(read_imatrix(path).importance[UP], expected)


def test_what_was_never_counted_matters_evenly(path):
    # Several counts: an expert each, as in files of other models.
    write_imatrix(path, {UP: entry([8, 6, 5, 4], [2, 0]), DOWN: entry([9, 9], [0.4])})
    found = read_imatrix(path).importance
    np.testing.assert_array_equal(found[UP], [4, 3, 1, 1])
    np.testing.assert_array_equal(found[DOWN], [1, 1])


def test_a_text_need_not_be_named(path):
    metadata = {"datasets": "x", "chunk_count": "many", "chunk_size": 1}
    write_imatrix(path, {UP: entry([1])}, metadata=metadata)
    found = read_imatrix(path)
    assert (found.dataset, found.chunks) == ("", 0)
    keys = [item.key for item in found.header()]
    assert keys == ["quantize.imatrix.file", "quantize.imatrix.entries_count"]


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (entry([1, np.nan]), "negative or not finite"),
        (entry([1, np.inf]), "negative or not finite"),
        (entry([1, -1e-9]), "negative or not finite"),
        (entry([1, 2], [np.nan]), "negative or not finite"),
        (entry([1, 2], [-1]), "negative or not finite"),
        (entry([1, 2, 3], [1, 1]), "3 sums for 2 counts"),
        ({".in_sum2": entry([1])[".in_sum2"]}, "sums without counts"),
        ({".counts": entry([1])[".counts"]}, "counts without sums"),
        (entry([1]) | {".in_sum2": np.ones((1, 1), np.float16)}, "not float32"),
        (entry([1]) | {".counts": np.ones((1, 1), np.int32)}, "not float32"),
    ],
)
def test_names_the_tensor_that_is_wrong(path, spoiled, words):
    write_imatrix(path, {UP: spoiled, DOWN: entry([1])})
    with pytest.raises(ImatrixError, match=words) as caught:
        read_imatrix(path)
    assert str(caught.value).startswith(f"{path}: tensor {UP}: ")
    assert str(caught.value).endswith("; make it again with llama-imatrix.")


def test_refuses_a_matrix_of_nothing(path):
    write_imatrix(path, {})
    with pytest.raises(ImatrixError, match="speaks of no tensor at all"):
        read_imatrix(path)


@pytest.mark.parametrize("missing", ["datasets", "chunk_count", "chunk_size"])
def test_refuses_other_gguf_files(path, missing):
    metadata = {"datasets": ["x"], "chunk_count": 3, "chunk_size": 512}
    del metadata[missing]
    write_imatrix(path, {UP: entry([1])}, metadata=metadata)
    with pytest.raises(ImatrixError, match="this GGUF file is no importance matrix"):
        read_imatrix(path)


def test_says_how_to_turn_the_old_form_into_the_new(path):
    name = UP.encode()
    values = np.ones(4, np.float32).tobytes()
    old = struct.pack(f"<ii{len(name)}sii", 1, len(name), name, 3, 4) + values
    path.write_bytes(old)
    with pytest.raises(ImatrixError, match=r"no GGUF file; .*--in-file OLD\.dat -o"):
        read_imatrix(path)


def test_refuses_what_is_not_there(path):
    with pytest.raises(ImatrixError, match="cannot be read"):
        read_imatrix(path)
    with pytest.raises(ImatrixError, match="cannot be read"):
        read_imatrix(path.parent)


def test_a_file_cut_off_anywhere_is_refused(path):
    write_imatrix(path, linears())
    size = path.stat().st_size
    for kept in (size - 40, size // 2, 500, 300, 30, 5):
        os.truncate(path, kept)
        with pytest.raises(ImatrixError, match="damaged or cut off"):
            read_imatrix(path)


def test_a_damaged_file_is_read_or_refused(path):
    sound = write_imatrix(path, linears()).read_bytes()
    header = len(sound) - sum(
        values.nbytes for one in linears().values() for values in one.values()
    )
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        data = bytearray(sound)
        data[random.integers(header)] = random.integers(256)
        path.write_bytes(data)
        try:
            read_imatrix(path)
        except (ImatrixError, UnsupportedError):
            refused += 1
    assert 100 < refused < 300


# -- what it does ------------------------------------------------------------------


def test_without_a_matrix_nothing_changes():
    assert weigh(None, infos(), is_kept=False) == Weighting()


def test_each_tensor_gets_its_own(path):
    sums = {name: random_sums(256, seed) for seed, name in enumerate((UP, DOWN))}
    write_imatrix(path, {name: entry(values) for name, values in sums.items()})
    found = weigh(read_imatrix(path), infos(), is_kept=False)
    assert found.importance.keys() == sums.keys()
    for name, values in sums.items():
        np.testing.assert_array_equal(found.importance[name], values / TOKENS)
    assert found.warnings == ()
    assert {item.key: item.value for item in found.header} == {
        "quantize.imatrix.file": "imatrix.gguf",
        "quantize.imatrix.dataset": "calibration.txt",
        "quantize.imatrix.entries_count": 2,
        "quantize.imatrix.chunks_count": 3,
    }


@pytest.mark.parametrize(
    ("kind", "is_kept"), [(T.F16, False), (T.Q8_0, False), (T.Q4_1, True)]
)
def test_warns_when_it_changes_nothing(path, kind, is_kept):
    write_imatrix(path, {UP: entry(random_sums(256))})
    found = weigh(read_imatrix(path), infos(kind), is_kept=is_kept)
    assert (found.importance, found.header) == ({}, ())
    (warning,) = found.warnings
    assert "imatrix.gguf changes nothing" in warning


def test_warns_of_gaps(path):
    others = {f"blk.{n}.ffn_up.weight": entry([1]) for n in (4, 5)}
    write_imatrix(path, {UP: entry(random_sums(256)), **others})
    silent, unknown = weigh(read_imatrix(path), infos(), is_kept=False).warnings
    assert f"imatrix.gguf says nothing about {DOWN}; " in silent
    assert "speaks of 2 tensors (blk.4.ffn_up.weight and so on), which" in unknown


def test_refuses_that_of_another_model(path):
    write_imatrix(path, {"blk.9.ffn_up.weight": entry([1])})
    with pytest.raises(ImatrixError, match="speaks of no tensor of this model"):
        weigh(read_imatrix(path), infos(), is_kept=False)
    write_imatrix(path, {UP: entry([1] * 255)})
    with pytest.raises(
        ImatrixError,
        match=f"tensor {UP}: it speaks of 255 columns, and this model has 256",
    ):
        weigh(read_imatrix(path), infos(), is_kept=False)


# -- in the command ----------------------------------------------------------------


def test_the_file_says_what_it_was_quantized_with(folder, path, tmp_path):
    write_imatrix(path, linears())
    target = tmp_path / "moss.gguf"
    assert convert(folder, target, path, "--type", "Q4_0") == 0
    fields = GGUFReader(target).fields
    assert {
        key.removeprefix("quantize.imatrix."): field.contents()
        for key, field in fields.items()
        if key.startswith("quantize.imatrix.")
    } == {
        "file": "imatrix.gguf",
        "dataset": "calibration.txt",
        "entries_count": 4,
        "chunks_count": 3,
    }


def test_one_of_another_model_leaves_nothing(folder, path, *, tmp_path, capsys):
    write_imatrix(path, linears(width=64))
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "moss.gguf"
    assert convert(folder, target, path) == 3
    message = capsys.readouterr().err
    assert message.startswith(f"error: {path}: tensor blk.0.attn_qkv.weight: ")
    assert message.count("\n") == 1
    assert not list(target.parent.iterdir())


def test_a_dry_run_looks_at_it_too(folder, path, *, tmp_path, capsys):
    target = tmp_path / "moss.gguf"
    path.write_bytes(b"nonsense")
    assert convert(folder, target, path, "--dry-run") == 3
    assert "no GGUF file" in capsys.readouterr().err
    write_imatrix(path, linears())
    assert convert(folder, target, path, "--dry-run", "--type", "F16") == 0
    assert "changes nothing" in capsys.readouterr().err
    assert not target.exists()


def test_kept_weights_stay_as_they_are(path, tmp_path, capsys):
    write_gptq_checkpoint(tmp_path / "int4", Gptq())
    write_imatrix(path, linears(width=128))
    files = [tmp_path / "plain.gguf", tmp_path / "weighted.gguf"]
    assert main([str(tmp_path / "int4"), str(files[0])]) == 0
    assert convert(tmp_path / "int4", files[1], path) == 0
    assert "imatrix.gguf changes nothing" in capsys.readouterr().err
    assert files[0].read_bytes() == files[1].read_bytes()


def test_cannot_be_replaced_by_the_output(folder, path, capsys):
    before = write_imatrix(path, linears()).read_bytes()
    assert convert(folder, path, path, "--force") == 5
    assert "this file is the importance matrix" in capsys.readouterr().err
    assert path.read_bytes() == before
