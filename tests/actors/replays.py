"""Replay facts of our own making."""

from datetime import datetime
from hashlib import sha256

from actors.rules.ids import Race, ReplayDigest
from actors.rules.maps import by_key
from actors.rules.match import Match
from actors.rules.replay import ReplayFacts, ReplayPlayer, Result
from actors.rules.report import Outcome

NAMES = {
    Race.BW_TERRAN: "BW Terran",
    Race.BW_ZERG: "BW Zerg",
    Race.BW_PROTOSS: "BW Protoss",
    Race.SC2_TERRAN: "Terran",
    Race.SC2_ZERG: "Zerg",
    Race.SC2_PROTOSS: "Protoss",
}


def facts_of(match: Match, outcome: Outcome, ended_at: datetime, length_s: float) -> ReplayFacts:
    """What the right replay of this match says."""
    winner = {Outcome.FIRST: 0, Outcome.SECOND: 1, Outcome.DRAW: -1}[outcome]
    results = [Result.WON if side == winner else Result.LOST for side in (0, 1)]
    if outcome is Outcome.DRAW:
        results = [Result.DRAW, Result.DRAW]
    players = tuple(
        ReplayPlayer(
            name=side.profile.name,
            race=NAMES[side.race],
            result=result,
            human=True,
            toon=f"1-S2-1-{side.player}",
        )
        for side, result in zip(match.sides, results, strict=True)
    )
    played = by_key(match.map)
    map_hash = min(played.hashes, default="ff" * 32)
    digest = sha256(f"{match.id} {outcome} {ended_at}".encode()).hexdigest()
    return ReplayFacts(
        digest=ReplayDigest(digest),
        size=1000,
        build=95299,
        gateway=match.server.gateway,
        map_name=played.full_name,
        map_hash=map_hash,
        handles=("aa" * 32, map_hash),
        players=players,
        ended_at=ended_at,
        length_s=length_s,
    )
