"""Where MOSS's searches look: each source is a tool of its own, off until chosen.

`needs` is what the window knows of them; the rest is for their processes. Sources that
ask others run in one process, those that read this computer's files in another, where
no connection is ever announced and so none can be made.
"""
