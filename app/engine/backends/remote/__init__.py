"""Models that somebody's server runs: llama-server, llama-cpp-python's server, vLLM.

The only package of the engine that may open a network connection, and it does so only
for a server that the user has named.
"""
