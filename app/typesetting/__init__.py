"""Formulas: a process of its own that turns LaTeX into SVG.

It imports the library for it only there, so that the window need not wait for half a
second, and a formula that takes too long costs a child and not the window.
"""
