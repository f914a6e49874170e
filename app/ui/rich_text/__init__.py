"""Markdown in a `QTextDocument`: parsed, written, and rewritten only at its end.

`markdown` takes text apart into units that no later text can change, `writer` writes
units with `styles`, `code_colours` colours source code, `formulas` has formulas typeset
in a process of their own, `growing_text` keeps a document equal to a text that grows.
"""
