"""Whether two GGUF files hold the same tensors: FIRST SECOND; exit code 0 if so.

Names, shapes, types and bytes are compared, not their order and not the metadata.
"""

import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader


def differing(first: Path, second: Path) -> list[str]:
    """Returns the names of tensors that are not the same in both files."""
    one, other = (
        {tensor.name: tensor for tensor in GGUFReader(path).tensors}
        for path in (first, second)
    )
    return sorted(
        name
        for name in one.keys() | other.keys()
        if name not in one
        or name not in other
        or one[name].tensor_type is not other[name].tensor_type
        or not np.array_equal(one[name].shape, other[name].shape)
        or not np.array_equal(one[name].data, other[name].data)
    )


if __name__ == "__main__":
    names = differing(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.exit(f"These tensors differ: {', '.join(names)}" if names else 0)
