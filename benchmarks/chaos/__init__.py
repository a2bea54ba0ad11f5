"""Evenings of simulated people while everything dies, breaks and refuses: `python -m benchmarks.chaos`."""
