"""What a match expects of its replay."""

from actors.rules import replay
from actors.rules.allowed import AllowList
from actors.rules.identity import Expected
from actors.rules.match import Match, Side


def expectation(match: Match, allowed: AllowList) -> replay.Expectation:
    """The match in the words of replay verification, sides in the order of the match."""
    first, second = match.sides
    return replay.Expectation(
        match=match.id,
        sides=(_expected(first), _expected(second)),
        map=match.map,
        allowed=allowed,
        assigned_at=match.paired_at,
    )


def _expected(side: Side) -> Expected:
    tag = side.profile.battletag.partition("#")[0]
    names = tuple(dict.fromkeys((side.profile.name, tag, *side.profile.alt_names)))
    return Expected(player=side.player, race=side.race, names=names, toons=side.toons)
