"""Hostile replays of our own making, many of them: `make fuzz`."""
