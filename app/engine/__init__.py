"""The engine process: a language model behind JSON lines on stdin and stdout."""
