"""The user's own documents: read in a child that may be killed, found by SQLite.

    window ══ JSON lines ══ indexer ══ JSON lines ══ reader
                              │                        │
                        index (writes)             formats (one file at a time)

    search runner ── ranking ── index (reads)

`indexer` walks the folders and writes the index, at the lowest priority. `reader` is
the only one that opens a user's file; what it costs is bounded, and a file that kills
it is reported and skipped. `ranking` answers questions from the index.
"""
