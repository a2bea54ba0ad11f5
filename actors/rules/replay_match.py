"""What a match expects of its replay."""

from datetime import datetime

from actors.rules import replay
from actors.rules.maps import by_key
from actors.rules.match import Match, Side
from actors.rules.settings import Settings


def expectation(match: Match) -> replay.Expectation:
    """The match in the words of replay verification, sides in the order of the match."""
    played = by_key(match.map)
    first, second = match.sides
    return replay.Expectation(
        match=match.id,
        sides=(_expected(first), _expected(second)),
        map_names=frozenset({played.full_name}),
        map_hashes=played.hashes,
        assigned_at=match.paired_at,
    )


def verdict_of(match: Match, facts: replay.ReplayFacts, now: datetime, settings: Settings) -> replay.Verdict:
    """Hold a replay against its match."""
    return replay.verify(facts, expectation(match), now, settings)


def _expected(side: Side) -> replay.Expected:
    tag = side.profile.battletag.partition("#")[0]
    names = tuple(dict.fromkeys((side.profile.name, tag, *side.profile.alt_names)))
    return replay.Expected(player=side.player, race=side.race, names=names, toons=side.toons)
