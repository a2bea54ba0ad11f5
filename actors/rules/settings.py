"""Every tunable number of the ladder, with its unit and source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The season's numbers. Sources: architecture.md unless another page is named."""

    confirmation_s: float = 60.0
    """How long both players have to confirm, counted from the delivery of both cards."""
    reminder_fractions: tuple[float, ...] = (1 / 3, 2 / 3)
    """When in the confirmation window those who have not confirmed are reminded."""
    delivery_s: float = 90.0
    """How long both match-found cards may take to arrive; then the match is void, nobody blamed."""
    silence_s: float = 30 * 60.0
    """One report and this much silence from the other: the report stands."""
    live_s: float = 3 * 3600.0
    """A live match that nobody reports ends void after this."""
    abort_timeouts_s: tuple[float, ...] = (0.0, 300.0, 900.0, 3600.0)
    """Time-out of the first, second, ... abort in the rolling window; the last repeats (F-88)."""
    no_show_timeouts_s: tuple[float, ...] = (300.0, 600.0, 1800.0, 7200.0)
    """Time-out of the first, second, ... missed confirmation in the rolling window; the last repeats."""
    penalty_window_s: float = 7 * 86400.0
    """How far back aborts and no-shows are counted."""

    window_base: int = 80
    """Rating points that two players may be apart at once; tuned by `benchmarks.matching`, like the next."""
    window_growth: float = 52.0
    """Rating points that the window grows each minute of waiting."""
    rematch_weight: int = 30_000
    """Cost of an immediate rematch in squared rating points; fades over `rematch_s` (matching.md)."""
    rematch_handicap: int = 50
    """Rating points that an immediate rematch must wait for beyond its gap; fades over `rematch_s`."""
    rematch_s: float = 3600.0
    wait_weight: int = 500
    """K of matching.md: worth of one squared minute of waiting."""
    wait_cap_s: float = 7200.0
    """Waits count up to this, so that costs are bounded (F-54)."""
    debounce_s: float = 1.0
    """How long the matchmaker gathers joins and leaves before it pairs."""

    rating_start: int = 1500
    rating_k: int = 40
    rating_divisor: int = 500
    """Elo as the league plays it (domain.md, 4.2)."""
    active_s: float = 30 * 86400.0
    """Who played within this has a place and a letter (domain.md, 4.6)."""

    max_vetoes: int = 4
    recent_maps: int = 5
    """How many of each player's last maps are drawn less often."""

    replay_max_bytes: int = 5_000_000
    replay_slack_s: float = 120.0
    """A game may begin this long before its pairing and end this long after now, for wrong clocks (F-66)."""
    replays_each: int = 8
    """How many different files of one player are kept for one match."""
    objection_s: float = 86400.0
    """How long after a match was settled another replay may confirm or contest it."""
    replay_keep_s: float = 180 * 86400.0
    """How long after the end of its match a replay file is kept; what was read from it stays."""

    searching_refresh_s: float = 30.0
    """How often a searching card is brought up to date."""
    session_idle_s: float = 900.0
    """A session without clicks goes to sleep after this."""
