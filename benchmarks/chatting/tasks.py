"""What the benchmark and llama.cpp alone (`bare`) say to each other, JSON a line."""

import msgspec


class Setup(msgspec.Struct, frozen=True, tag=True):
    """Load a model as the engine has loaded it; answered by `Done`.

    Attributes:
        path: The GGUF file.
        context: Tokens of the window.
        batch: Tokens in one call.
        threads: For one token after the other.
        batch_threads: For a prompt.
        kv_type: Type of keys and values.
        gpu_layers: Layers on graphics cards.
        mapped: Whether the file is mapped.
        repacked: Whether weights are rearranged for the processor.
    """

    path: str
    context: int
    batch: int
    threads: int
    batch_threads: int
    kv_type: str = "f16"
    gpu_layers: int = 0
    mapped: bool = True
    repacked: bool = True


class Decode(msgspec.Struct, frozen=True, tag=True):
    """Write so many tokens behind a prompt; the writing is timed."""

    prompt: tuple[int, ...]
    count: int


class FirstToken(msgspec.Struct, frozen=True, tag=True):
    """Choose a token behind a prefix and more; all but the prefix is timed."""

    prefix: tuple[int, ...]
    own: tuple[int, ...]


class Likelihood(msgspec.Struct, frozen=True, tag=True):
    """Say how likely tokens are behind a prompt that is read afresh."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]


class Done(msgspec.Struct, frozen=True, tag=True):
    """The answer to each of these.

    Attributes:
        seconds: What was timed.
        text: What was written.
        logs: Natural logarithms of probabilities.
    """

    seconds: float = 0.0
    text: str = ""
    logs: tuple[float, ...] = ()


Task = Setup | Decode | FirstToken | Likelihood
