"""Writes and reads the demo in the files and names of a MOSS checkpoint."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from resources.demo_training.model import DemoModel, Shape
from resources.demo_training.tokenizer import DemoTokenizer


def checkpoint_state(model: DemoModel) -> dict[str, Tensor]:
    """Returns half-precision weights under MOSS's names, with the causal masks."""
    size = model.shape.n_ctx
    # One storage for all layers: saved once, each layer still has its own entry.
    mask = torch.ones(size, size, dtype=torch.uint8).tril()[None, None]
    state: dict[str, Tensor] = {}
    for name, weight in model.state_dict().items():
        state[name] = weight.detach().to(torch.float16).contiguous()
    for layer in range(model.shape.n_layer):
        state[f"transformer.h.{layer}.attn.causal_mask"] = mask
    return dict(sorted(state.items()))


def config(shape: Shape, tokenizer: DemoTokenizer) -> dict[str, Any]:
    """Returns the content of config.json."""
    sizes = asdict(shape)
    return {
        "_name_or_path": "MOSS demo",
        "activation_function": "gelu_new",
        "architectures": ["MossForCausalLM"],
        "attn_pdrop": 0.0,
        "bos_token_id": tokenizer.end_of_text,
        "embd_pdrop": 0.0,
        "eos_token_id": tokenizer.markers["<eom>"],
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "moss",
        "n_inner": None,
        "n_positions": shape.n_ctx,
        "resid_pdrop": 0.0,
        "scale_attn_weights": True,
        "tie_word_embeddings": False,
        "tokenizer_class": "MossTokenizer",
        "torch_dtype": "float16",
        "use_cache": True,
    } | sizes


def export(model: DemoModel, tokenizer: DemoTokenizer, folder: Path) -> None:
    """Writes pytorch_model.bin and config.json, each replaced in one go."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "pytorch_model.bin.part"
    torch.save(checkpoint_state(model), weights)
    weights.replace(folder / "pytorch_model.bin")
    text = json.dumps(config(model.shape, tokenizer), indent=2, sort_keys=True)
    (folder / "config.json").write_text(f"{text}\n", "utf-8")


def load(folder: Path) -> tuple[DemoModel, DemoTokenizer]:
    """Returns the model of an exported checkpoint and its tokenizer."""
    values = json.loads((folder / "config.json").read_text("utf-8"))
    names = ("vocab_size", "n_embd", "n_layer", "n_head", "rotary_dim", "n_ctx")
    model = DemoModel(Shape(**{name: values[name] for name in names}))
    state = torch.load(folder / "pytorch_model.bin")
    weights = {k: v.float() for k, v in state.items() if "causal_mask" not in k}
    model.load_state_dict(weights)
    return model.eval(), DemoTokenizer(folder)
