"""One file per card: state in, embed out."""

from bot.embeds import (
    dispute,
    found,
    leaderboard,
    match,
    notice,
    profile,
    queue,
    replay,
    report,
    result,
    setup,
    staff,
    terms,
)

__all__ = [
    "dispute",
    "found",
    "leaderboard",
    "match",
    "notice",
    "profile",
    "queue",
    "replay",
    "report",
    "result",
    "setup",
    "staff",
    "terms",
]
