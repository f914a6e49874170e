"""The tools that MOSS can use, computed in a child process that may be killed.

`app.plugins.api` is the whole surface that a tool has to offer.
"""
