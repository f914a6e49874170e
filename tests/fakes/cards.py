"""Cards on a computer that has none: ggml's own RPC device on loopback.

A server is another process that computes on the processor; to llama.cpp it is a card
that takes layers. Its memory really ends where a limit of its address space ends it.
The program itself never loads that module, because it opens connections.
"""

import re
import resource
import socket
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.engines import Engine

MIB = 2**20

SERVER = """
import ctypes, sys
from llama_cpp import llama_cpp as ll
ll.llama_backend_init()
get = ll._lib.ggml_backend_dev_get
get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
module = ctypes.CDLL(sys.argv[1])
serve = module.ggml_backend_rpc_start_server
serve.argtypes = [ctypes.c_char_p, ctypes.c_char_p, *[ctypes.c_size_t] * 2,
                  ctypes.c_void_p]
print("ready", flush=True)
serve(sys.argv[2].encode(), None, 1, 1, (ctypes.c_void_p * 1)(get(0)))
"""

CLIENT = """
import ctypes
from dataclasses import replace
from app.engine.backends.llama import backend, devices, ggml
endpoints, free = {endpoints!r}, {free!r}
def load(folders, log, original=backend.load_modules):
    path = {module!r}
    ggml.function("ggml_backend_load", ctypes.c_void_p, ctypes.c_char_p)(path.encode())
    add = ctypes.CDLL(path).ggml_backend_rpc_add_server
    add.restype, add.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    for endpoint in endpoints:
        register = ggml.function("ggml_backend_register", None, ctypes.c_void_p)
        register(add(endpoint.encode()))
    return original(folders, log)
def described(found, original=devices._described):
    device = original(found)
    if device.name not in free:
        return device
    return replace(device, free=free[device.name], total=free[device.name])
backend.load_modules = load
devices._described = described
"""


class Cards:
    """Servers for the length of a block.

    Args:
        module: `libggml-rpc.so` of the same llama.cpp.
        limits: Megabytes that each server may map beyond what it needs for itself.
    """

    def __init__(self, module, limits):
        self._module = str(module)
        self._limits = limits
        self._stack = ExitStack()
        self.endpoints = []

    def __enter__(self):
        for limit in self._limits:
            self._start(limit)
        return self

    def __exit__(self, *error):
        self._stack.close()

    def engine(self, *free):
        """An engine that sees the cards with so many free megabytes each."""
        known = {f"RPC{number}": size * MIB for number, size in enumerate(free)}
        script = CLIENT.format(
            endpoints=self.endpoints, free=known, module=self._module
        )
        return Engine("--verbose", script=script)

    def buffers(self, log, kind):
        """Megabytes of a kind of buffer on each card, by llama.cpp's log."""
        last = log.rpartition("loading model tensors")[2]
        name = r"RPC\d+\[([\d.:]+)\]"
        found = re.findall(rf"{name} +{kind} buffer size = +([\d.]+) MiB", last)
        numbers = {end: number for number, end in enumerate(self.endpoints)}
        return {f"RPC{numbers[end]}": float(size) for end, size in found}

    def _start(self, limit):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
        server = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", SERVER, self._module, endpoint],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        )
        self._stack.callback(server.kill)
        assert server.stdout.readline() == b"ready\n"
        while b"Starting RPC" not in server.stdout.readline():
            pass
        self._stack.callback(server.stdout.close)
        statm = Path(f"/proc/{server.pid}/statm").read_text("ascii")
        mapped = int(statm.split()[0]) * resource.getpagesize()
        most = (mapped + limit * MIB, resource.RLIM_INFINITY)
        resource.prlimit(server.pid, resource.RLIMIT_AS, most)
        self.endpoints.append(endpoint)


def log_of(engine):
    """What llama.cpp has logged so far."""
    engine._stderr.seek(0)
    return engine._stderr.read().decode("utf-8", "replace")


def assigned(log):
    """How many layers the last attempt put on each device, by llama.cpp's log."""
    last = log.rpartition("loading model tensors")[2]
    return Counter(re.findall(r"assigned to device (\w+)", last))
