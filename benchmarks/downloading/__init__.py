"""What `benchmarks/download.py` needs: a server, and two that fetch from it."""
