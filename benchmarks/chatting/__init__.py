"""Measures the engine: speed against llama.cpp alone, reuse, stops and memory."""
