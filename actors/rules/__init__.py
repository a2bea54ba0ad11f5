"""The rulebook: pure, immutable, free of side effects. Time and luck come in as arguments."""
