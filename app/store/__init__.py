"""What is kept: the archive of conversations and the settings file.

The only package that knows SQL.
"""
