"""How much memory the engine takes with MOSS's real tensors, in few layers."""

from dataclasses import replace
from pathlib import Path

from app.domain.generation import Segment
from app.domain.hardware import KvType
from app.engine.moss_sizes import DIMENSIONS
from app.engine.protocol import Generate
from benchmarks.chatting.results import Residence
from benchmarks.chatting.sides import GREEDY, Engine
from benchmarks.measure import resident

TARGET = 300_000_000
"""Bytes beside weights, keys and values."""


def residence(path: Path, kind: str, *, layers: int, prompt: int) -> Residence:
    """Loads a file of MOSS's shapes and reads a prompt.

    Args:
        path: The file.
        kind: Type of its weights, for the tables.
        layers: Its layers.
        prompt: Tokens of the prompt, about.
    """
    with Engine() as engine:
        model = engine.load(path)
        loaded = resident(engine.process_id)
        text = (Segment(engine.filler(prompt)),)
        engine.generate(Generate("g", text, replace(GREEDY, max_tokens=1)))
        read = resident(engine.process_id)
    assert model.placement.kv_type is KvType.F16, "memory is short here"
    heads = DIMENSIONS.kv_heads * (DIMENSIONS.key + DIMENSIONS.value)
    return Residence(
        kind=kind,
        layers=layers,
        model=model.size_bytes,
        kv=layers * model.context * heads * 2,
        loaded=loaded["VmRSS"],
        read=read["VmRSS"],
        peak=read["VmHWM"],
        mapped=read["RssFile"],
    )
