"""How each kind of file gives its text; used in the reader process only.

A format is a function that takes a path and yields blocks in reading order. It raises
`UnreadableError`; whatever else its library raises is taken for damage by `extraction`.
"""
