"""The window. The only package that knows Qt; it opens no file, database or socket."""
