import shutil

import pytest

from converter.checkpoint import open_checkpoint
from converter.errors import CheckpointError
from tests.checkpoints import TINY, write_checkpoint, write_json, write_weights

LAYOUTS = ["single", "sharded", "safetensors", "safetensors-sharded"]


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss")


@pytest.fixture
def sharded(tmp_path):
    return write_checkpoint(tmp_path / "moss", layout="sharded")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_opens_every_layout(tmp_path, layout):
    single = open_checkpoint(write_checkpoint(tmp_path / "single"))
    checkpoint = open_checkpoint(write_checkpoint(tmp_path / "moss", layout=layout))
    assert set(checkpoint.tensors) == set(single.tensors)
    assert len(checkpoint.files) == (3 if "sharded" in layout else 1)
    assert checkpoint.config["n_embd"] == TINY.width


def test_paths_may_hold_spaces_chinese_and_emoji(tmp_path):
    folder = write_checkpoint(tmp_path / "我的 模型 🙂", layout="sharded")
    assert open_checkpoint(folder).tensors


def test_takes_the_only_safetensors_file_whatever_its_name(tmp_path):
    folder = write_checkpoint(tmp_path / "moss", layout="safetensors")
    (folder / "model.safetensors").rename(folder / "my tune.safetensors")
    assert open_checkpoint(folder).files == (folder / "my tune.safetensors",)


def test_prefers_safetensors_as_transformers_does(folder):
    write_weights(folder, {}, layout="safetensors")
    assert open_checkpoint(folder).files == (folder / "model.safetensors",)


def test_names_a_missing_folder(tmp_path):
    with pytest.raises(CheckpointError, match="no such folder"):
        open_checkpoint(tmp_path / "nowhere")


def test_names_a_missing_config(folder):
    (folder / "config.json").unlink()
    with pytest.raises(CheckpointError, match=r"config\.json: the file is missing"):
        open_checkpoint(folder)


def test_names_missing_weights(folder):
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(CheckpointError, match="download the weights"):
        open_checkpoint(folder)


def test_names_all_missing_shards(sharded):
    for number in (1, 3):
        (sharded / f"pytorch_model-0000{number}-of-00003.bin").unlink()
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(sharded)
    assert "00001-of-00003.bin, pytorch_model-00003" in str(caught.value)
    assert "00002" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["../pytorch_model.bin", "/etc/passwd", "a/b.bin", "..", ".", "", "a\\b", None, 7],
)
def test_an_index_cannot_name_files_elsewhere(sharded, name):
    index = sharded / "pytorch_model.bin.index.json"
    write_json(index, {"weight_map": {"lm_head.bias": name}})
    with pytest.raises(CheckpointError, match=r"index\.json"):
        open_checkpoint(sharded)


@pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": []}])
def test_an_index_must_name_something(sharded, index):
    write_json(sharded / "pytorch_model.bin.index.json", index)
    with pytest.raises(CheckpointError, match="names no weights"):
        open_checkpoint(sharded)


def test_a_tensor_may_be_in_one_shard_only(sharded):
    first, second = sorted(sharded.glob("*.bin"))[:2]
    shutil.copy(first, second)
    with pytest.raises(CheckpointError, match=f"it is in {first.name} too"):
        open_checkpoint(sharded)
