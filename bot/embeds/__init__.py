"""One file per card: state in, embed out."""

from bot.embeds import (
    dispute,
    dossier,
    exhibits,
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
    timings,
)

__all__ = [
    "dispute",
    "dossier",
    "exhibits",
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
    "timings",
]
