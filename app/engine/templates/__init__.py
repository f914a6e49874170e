"""Chat templates of GGUF files, rendered so that nobody's text becomes a control token.

A template is a program from a stranger's file, and a message is a stranger's text.
Neither is trusted: the template runs in Jinja's sandbox on a budget of work and memory,
in the engine process, which may die; and each character of what it renders is known to
be the template's own or not, so that only its own text is read for control tokens.
"""
