"""What a model runs on and how it was laid out there: plain values.

Sizes are bytes. A model has one layer more than its file says: the last one is the
output. That is how llama.cpp counts, and how layers are counted here.
"""

from dataclasses import dataclass
from enum import StrEnum


class DeviceKind(StrEnum):
    """What a device is, in ggml's division."""

    CPU = "cpu"
    GPU = "gpu"
    INTEGRATED_GPU = "integrated_gpu"
    ACCELERATOR = "accelerator"


@dataclass(frozen=True, slots=True)
class Device:
    """Something that computes.

    Attributes:
        name: ggml's name, such as "CUDA0".
        description: The maker's name, such as "NVIDIA GeForce RTX 3060".
        kind: What it is.
        free: Bytes that can be had now; of a CPU, this computer's memory.
        total: All its bytes.
        takes_layers: Whether layers of a model are put on it.
    """

    name: str
    description: str = ""
    kind: DeviceKind = DeviceKind.CPU
    free: int = 0
    total: int = 0
    takes_layers: bool = False

    @property
    def shares_host_memory(self) -> bool:
        """Whether what it takes is taken from this computer's memory."""
        return self.kind is not DeviceKind.GPU


@dataclass(frozen=True, slots=True)
class Module:
    """A library that brings devices to ggml, such as the one for CUDA.

    Attributes:
        name: Its name, such as "CUDA".
        devices: How many devices it found.
        problem: Why it could not be loaded; empty when it was.
    """

    name: str
    devices: int = 0
    problem: str = ""


class KvType(StrEnum):
    """How the keys and values of a context are stored."""

    F16 = "f16"
    Q8_0 = "q8_0"


class Reason(StrEnum):
    """Why a model was laid out as it was."""

    NO_GPU = "no_gpu"
    GPU_WHOLE = "gpu_whole"
    GPU_PART = "gpu_part"
    GPU_TOO_SMALL = "gpu_too_small"
    BY_HAND = "by_hand"
    KV_SMALLER = "kv_smaller"
    NOT_MAPPED = "not_mapped"
    FROM_DISK = "from_disk"
    TOO_LARGE = "too_large"
    REMEMBERED = "remembered"


class Step(StrEnum):
    """What is tried next after memory did not suffice."""

    FEWER_LAYERS = "fewer_layers"
    SMALLER_KV = "smaller_kv"
    SMALLER_BATCH = "smaller_batch"
    CPU_ONLY = "cpu_only"
    FROM_DISK = "from_disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a device carries of a model.

    Attributes:
        device: The device's name.
        description: Its maker's name.
        layers: How many layers.
        size: Bytes of its weights, keys and values and buffers, by estimate.
    """

    device: str
    description: str = ""
    layers: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How a model is laid out in memory.

    Attributes:
        layers: All layers of the model, the output included.
        shares: What each graphics card carries, in the order of the layers.
        host_size: Bytes on the host, by estimate.
        kv_type: How keys and values are stored.
        batch: Tokens that are evaluated in one call.
        mapped: Whether the file is mapped into memory instead of read.
        repacked: Whether weights may be rearranged for the processor, which is
            faster.
        threads: Processor threads that write an answer.
        reasons: Why it is so.
    """

    layers: int = 0
    shares: tuple[Share, ...] = ()
    host_size: int = 0
    kv_type: KvType = KvType.F16
    batch: int = 0
    mapped: bool = True
    repacked: bool = True
    threads: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def gpu_layers(self) -> int:
        """Layers on graphics cards."""
        return sum(share.layers for share in self.shares)

    @property
    def device(self) -> str:
        """Where it runs in ggml's words, such as "CPU", "CUDA0" or "CUDA0 + CPU"."""
        names = [share.device for share in self.shares]
        return " + ".join(names if self.layers == self.gpu_layers else [*names, "CPU"])
