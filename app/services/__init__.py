"""Use cases: what the program does, without Qt, threads or processes of its own.

Every service is driven by calls (a user's wish, an engine's event, a tool's answer) and
reports through an observer, so a window and a terminal run the same code.
"""
