"""What the program says to the shell when it ends."""

WELL = 0
FAILED = 1
"""Something is not as it should be."""
WRONG = 2
"""The command or a setting is wrong."""
STOPPED = 130
"""Ctrl-C or SIGTERM, as shells have it."""


class ConfigError(Exception):
    """A setting is missing, unknown or malformed; the text is one sentence for the operator."""
