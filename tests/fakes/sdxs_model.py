"""A model for pictures with the shapes of SDXS-512 (DreamShaper) and random weights.

`python -m tests.fakes.sdxs_model FILE` writes it, some 0.8 GB of safetensors. What it
draws is noise, but stable-diffusion.cpp loads and runs it: the smallest model of which
that can be said. Names are those of CompVis' checkpoints, shapes those of
arXiv:2403.16627's U-Net and of the tiny autoencoder TAESD.
"""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Shapes = Iterator[tuple[str, tuple[int, ...]]]

TEXT = 768
TIME = 1280
TEXT_MODEL = "cond_stage_model.transformer.text_model"
UNET = "model.diffusion_model"
PIECE = 1 << 24


def text_model() -> Shapes:
    """CLIP's text model, ViT-L/14."""
    yield f"{TEXT_MODEL}.embeddings.token_embedding.weight", (49408, TEXT)
    yield f"{TEXT_MODEL}.embeddings.position_embedding.weight", (77, TEXT)
    yield from weights(f"{TEXT_MODEL}.final_layer_norm", TEXT)
    for layer in range(12):
        name = f"{TEXT_MODEL}.encoder.layers.{layer}"
        for norm in ("layer_norm1", "layer_norm2"):
            yield from weights(f"{name}.{norm}", TEXT)
        for part in ("k_proj", "out_proj", "q_proj", "v_proj"):
            yield from weights(f"{name}.self_attn.{part}", TEXT, TEXT)
        yield from weights(f"{name}.mlp.fc1", 4 * TEXT, TEXT)
        yield from weights(f"{name}.mlp.fc2", TEXT, 4 * TEXT)


def weights(name: str, *shape: int) -> Shapes:
    """A weight and its bias."""
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def residual(name: str, taken: int, given: int) -> Shapes:
    yield from weights(f"{name}.in_layers.0", taken)
    yield from weights(f"{name}.in_layers.2", given, taken, 3, 3)
    yield from weights(f"{name}.emb_layers.1", given, TIME)
    yield from weights(f"{name}.out_layers.0", given)
    yield from weights(f"{name}.out_layers.3", given, given, 3, 3)
    if taken != given:
        yield from weights(f"{name}.skip_connection", given, taken, 1, 1)


def attention(name: str, size: int) -> Shapes:
    yield from weights(f"{name}.norm", size)
    yield from weights(f"{name}.proj_in", size, size, 1, 1)
    yield from weights(f"{name}.proj_out", size, size, 1, 1)
    block = f"{name}.transformer_blocks.0"
    for norm in ("norm1", "norm2", "norm3"):
        yield from weights(f"{block}.{norm}", size)
    for which, seen in (("attn1", size), ("attn2", TEXT)):
        yield f"{block}.{which}.to_q.weight", (size, size)
        yield f"{block}.{which}.to_k.weight", (size, seen)
        yield f"{block}.{which}.to_v.weight", (size, seen)
        yield from weights(f"{block}.{which}.to_out.0", size, size)
    yield from weights(f"{block}.ff.net.0.proj", 8 * size, size)
    yield from weights(f"{block}.ff.net.2", size, 4 * size)


def unet() -> Shapes:
    yield from weights(f"{UNET}.time_embed.0", TIME, 320)
    yield from weights(f"{UNET}.time_embed.2", TIME, TIME)
    yield from weights(f"{UNET}.input_blocks.0.0", 320, 4, 3, 3)
    for block, taken, given in ((1, 320, 320), (4, 320, 640), (7, 640, 1280)):
        yield from residual(f"{UNET}.input_blocks.{block}.0", taken, given)
        if block > 1:
            yield from attention(f"{UNET}.input_blocks.{block}.1", given)
    for block, size in ((3, 320), (6, 640)):
        yield from weights(f"{UNET}.input_blocks.{block}.0.op", size, size, 3, 3)
    for block, taken, given in (
        (0, 1280 + 1280, 1280),
        (1, 1280 + 640, 1280),
        (3, 1280 + 640, 640),
        (4, 640 + 320, 640),
        (6, 640 + 320, 320),
        (7, 320 + 320, 320),
    ):
        yield from residual(f"{UNET}.output_blocks.{block}.0", taken, given)
        if given > 320:
            yield from attention(f"{UNET}.output_blocks.{block}.1", given)
    yield from weights(f"{UNET}.output_blocks.2.1.conv", 1280, 1280, 3, 3)
    yield from weights(f"{UNET}.output_blocks.5.2.conv", 640, 640, 3, 3)
    yield from weights(f"{UNET}.out.0", 320)
    yield from weights(f"{UNET}.out.2", 4, 320, 3, 3)


def autoencoder() -> Shapes:
    """TAESD: 64 channels throughout."""
    for half, taken, given, last in (("encoder", 3, 4, 14), ("decoder", 4, 3, 18)):
        name = f"tae.{half}.layers"
        scaling = {2, 6, 10} if half == "encoder" else {6, 11, 16}
        unused = set() if half == "encoder" else {1, 5, 10, 15}
        yield from weights(f"{name}.0", 64, taken, 3, 3)
        yield from weights(f"{name}.{last}", given, 64, 3, 3)
        for layer in range(1, last):
            if layer in scaling:
                yield f"{name}.{layer}.weight", (64, 64, 3, 3)
            elif layer not in unused:
                for part in (0, 2, 4):
                    yield from weights(f"{name}.{layer}.conv.{part}", 64, 64, 3, 3)


def write(path: Path, seed: int = 0) -> None:
    """Writes the model."""
    header, at = {}, 0
    for name, shape in (*text_model(), *unet(), *autoencoder()):
        end = at + 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, end]}
        at = end
    head = json.dumps(header).encode()
    random = np.random.default_rng(seed)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for begin in range(0, at // 2, PIECE):
            size = min(PIECE, at // 2 - begin)
            values = 0.02 * random.standard_normal(size, dtype=np.float32)
            file.write(values.astype(np.float16).tobytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
