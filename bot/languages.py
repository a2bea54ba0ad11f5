"""Which languages the bot speaks."""

LOCALES = ("en-US",)
"""Languages with a catalogue; the first answers for all others."""
