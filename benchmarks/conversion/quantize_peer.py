"""llama.cpp's own quantizer as a command, for it is a library here: IN OUT TYPE.

What `llama-quantize` does: `llama_model_quantize` with its default parameters, on all
cores.
"""

import os
import sys
from pathlib import Path

import llama_cpp
from gguf.constants import LlamaFileType


def quantize(source: Path, target: Path, kind: str) -> int:
    """Quantizes a GGUF.

    Args:
        source: A GGUF of floats.
        target: The file to make.
        kind: A type, as Q4_K_M.

    Returns:
        0 on success.
    """
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = LlamaFileType[f"MOSTLY_{kind}"]
    parameters.nthread = os.cpu_count() or 1
    llama_cpp.llama_backend_init()
    code: int = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(target), parameters
    )
    return code


if __name__ == "__main__":
    sys.exit(quantize(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
