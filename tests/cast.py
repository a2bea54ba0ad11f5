"""The people and states that tests speak of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from actors.rules.ids import MapKey, MatchId, PlayerId, Race, Rank, Region, Server
from actors.rules.match import Confirm, Delivered, Match, Side, begin, decide
from actors.rules.player import Profile
from actors.rules.queue import Member
from actors.rules.settings import Settings

ALICE = PlayerId(101)
BOB = PlayerId(102)
EVE = PlayerId(103)
MOD = PlayerId(900)
NOW = datetime(2026, 3, 14, 20, 0, tzinfo=UTC)
SETTINGS = Settings()


def after(seconds: float) -> datetime:
    """`NOW`, and so many seconds."""
    return NOW + timedelta(seconds=seconds)


def profile(name: str) -> Profile:
    """A valid profile under this name."""
    return Profile(name=name, battletag=f"{name}#1234", country="DE", region=Region.EUW)


def member(player: PlayerId, bw: Race | None = None, sc2: Race | None = None, **more: object) -> Member:
    """Somebody who joined a minute before `NOW`."""
    entry = Member(
        player=player,
        bw=bw,
        sc2=sc2,
        bw_rating=1500 if bw else None,
        sc2_rating=1500 if sc2 else None,
        region=Region.EUW,
        joined_at=after(-60),
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def side(player: PlayerId, name: str, race: Race) -> Side:
    """One side of a match as paired."""
    bw, sc2 = (race, None) if race.value.startswith("bw") else (None, race)
    return Side(
        member=member(player, bw, sc2),
        race=race,
        rating=1500,
        rank=Rank.U,
        profile=profile(name),
        discord_name=name.lower(),
    )


PAIRED = begin(
    Match(
        id=MatchId(7),
        sides=(side(ALICE, "Alice", Race.BW_ZERG), side(BOB, "Bob", Race.SC2_TERRAN)),
        map=MapKey("radeon"),
        server=Server.EUC,
        paired_at=NOW,
    ),
    NOW,
    SETTINGS,
)


def told(match: Match, *orders: object) -> Match:
    """The match after these commands, all at `NOW`."""
    for order in orders:
        match = decide(match, order, NOW, SETTINGS).match  # type: ignore[arg-type]
    return match


DELIVERED = told(PAIRED, Delivered(ALICE), Delivered(BOB))
LIVE = told(DELIVERED, Confirm(ALICE), Confirm(BOB))
