"""Replay facts of our own making."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from actors.rules.allowed import AllowList, Untaught, VersionId, learn
from actors.rules.ids import Gateway, Race, ReplayDigest
from actors.rules.known_versions import shipped
from actors.rules.maps import by_key
from actors.rules.match import Match
from actors.rules.replay import ReplayFacts, ReplayPlayer, Result
from actors.rules.report import Outcome
from bot.simulator.replay_files import game_files, unknown_maps

NAMES = {
    Race.BW_TERRAN: "BW Terran",
    Race.BW_ZERG: "BW Zerg",
    Race.BW_PROTOSS: "BW Protoss",
    Race.SC2_TERRAN: "Terran",
    Race.SC2_ZERG: "Zerg",
    Race.SC2_PROTOSS: "Protoss",
}


def everything_known() -> AllowList:
    """What is shipped, and the maps of which nothing is shipped."""
    known = shipped()
    for key in unknown_maps():
        handles = game_files(key, Gateway.EUROPE)
        learned = learn(known, gateway=Gateway.EUROPE, handles=handles, played=key, name="learned")
        assert not isinstance(learned, Untaught)
        known = known.with_versions(learned)
    return AllowList(
        tuple(replace(each, id=VersionId(number)) for number, each in enumerate(known.versions, start=1))
    )


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
    handles = game_files(match.map, match.server.gateway)
    digest = sha256(f"{match.id} {outcome} {ended_at}".encode()).hexdigest()
    return ReplayFacts(
        digest=ReplayDigest(digest),
        size=1000,
        build=95299,
        gateway=match.server.gateway,
        map_name=by_key(match.map).full_name,
        map_hash=handles[-1],
        handles=handles,
        players=players,
        ended_at=ended_at,
        length_s=length_s,
    )
