"""Downloads: a process of its own, which the window may kill at any time.

What is on the disk is enough to go on: in the folder of a download lie the finished
files under their own names, each unfinished one as `NAME.part` with a journal beside
it, and a manifest that says which files they are. Nothing has a final name before its
size and its hash are what the list of files says.
"""
