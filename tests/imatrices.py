"""Small importance matrices in the form in which `llama-imatrix` writes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter
from numpy.typing import NDArray

TOKENS = 1536
DATASETS = ("/home/somebody/texts/calibration.txt",)


def entry(
    sums: NDArray[Any] | list[float], counts: NDArray[Any] | list[float] = (TOKENS,)
) -> dict[str, NDArray[Any]]:
    """The two tensors of one entry, by their suffixes."""
    return {
        ".in_sum2": np.atleast_2d(np.asarray(sums, np.float32)),
        ".counts": np.asarray(counts, np.float32).reshape(-1, 1),
    }


def random_sums(columns: int, seed: int = 0) -> NDArray[np.float32]:
    """Sums of squares over five orders of magnitude; some are exactly zero."""
    random = np.random.default_rng(seed)
    sums = 10 ** random.uniform(-2, 3, columns)
    sums[random.random(columns) < 0.05] = 0
    sums[: columns // 8] = 0
    return sums.astype(np.float32)


def write_imatrix(
    path: Path,
    entries: Mapping[str, Mapping[str, NDArray[Any]]],
    *,
    metadata: Mapping[str, object] | None = None,
) -> Path:
    """Writes an importance matrix.

    Args:
        path: The file to make.
        entries: The tensors of each entry, by its name and their suffixes.
        metadata: Values of the three keys, by their last part; all by default.
    """
    if metadata is None:
        metadata = {"datasets": list(DATASETS), "chunk_count": 3, "chunk_size": 512}
    writer = GGUFWriter(path, "")
    writer.kv_data[0].clear()  # llama-imatrix writes no architecture
    writer.add_string("general.type", "imatrix")
    for key, value in metadata.items():
        add = {int: writer.add_uint32, str: writer.add_string, list: writer.add_array}
        add[type(value)](f"imatrix.{key}", value)
    for name, tensors in sorted(entries.items()):
        for suffix, values in tensors.items():
            writer.add_tensor(name + suffix, np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
