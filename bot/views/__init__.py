"""One file per set of buttons: state in, rows of components out."""

from bot.views import board, match, queue, setup, staff

__all__ = ["board", "match", "queue", "setup", "staff"]
