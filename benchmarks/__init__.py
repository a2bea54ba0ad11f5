"""Measurements: each beside a baseline, in one interleaved run, told as ratios. No test depends on them."""
