"""`python -m bot` is `evoladder`."""

import sys

from bot.exit_codes import STOPPED


def main() -> int:
    """Run one command; Ctrl-C ends it without a word, also while what it needs is still being loaded."""
    try:
        from bot import cli

        return cli.main()
    except KeyboardInterrupt:
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
