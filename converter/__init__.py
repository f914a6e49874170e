"""Converts MOSS checkpoints to GGUF, the file format of llama.cpp.

A program of its own (`moss-convert`, `python -m converter`) that shares no code with
the chat program. It needs NumPy and gguf, never PyTorch, and runs nothing that a
checkpoint says.
"""

__version__ = "0.1.0"
