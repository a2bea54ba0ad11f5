"""Made-up players, queues, standings and moments for properties."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from actors.rules.ids import PlayerId, Race, Region
from actors.rules.queue import Member
from actors.rules.rank import Standing

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
"""When everything below happens, or shortly before."""

player_ids = st.integers(1, 2**63 - 1).map(PlayerId)
ratings = st.one_of(st.just(1500), st.integers(1300, 1700), st.integers(0, 4000))
"""Many newcomers, many who are close, and anybody."""
waits = st.one_of(st.just(0.0), st.floats(0.0, 900.0), st.floats(0.0, 86_400.0)).map(
    lambda s: timedelta(seconds=s)
)
moments = waits.map(lambda wait: NOON - wait)
races = st.sampled_from(Race)
bw_races = st.sampled_from([Race.BW_TERRAN, Race.BW_ZERG, Race.BW_PROTOSS])
sc2_races = st.sampled_from([Race.SC2_TERRAN, Race.SC2_ZERG, Race.SC2_PROTOSS])


@st.composite
def members(draw: st.DrawFn, players: st.SearchStrategy[PlayerId] = player_ids) -> Member:
    """Somebody waiting at `NOON` with one race, or one of each game."""
    plays = draw(st.sampled_from(["bw", "sc2", "both"]))
    bw = plays != "sc2"
    sc2 = plays != "bw"
    return Member(
        player=draw(players),
        bw=draw(bw_races) if bw else None,
        sc2=draw(sc2_races) if sc2 else None,
        bw_rating=draw(ratings) if bw else None,
        sc2_rating=draw(ratings) if sc2 else None,
        region=draw(st.sampled_from(Region)),
        joined_at=draw(moments),
    )


def queues(min_size: int = 0, max_size: int = 8) -> st.SearchStrategy[list[Member]]:
    """Who waits at `NOON`; each player once."""
    return st.lists(members(), min_size=min_size, max_size=max_size, unique_by=lambda member: member.player)


@st.composite
def standings(draw: st.DrawFn, players: st.SearchStrategy[PlayerId] = player_ids) -> Standing:
    """What somebody did with one race by `NOON`."""
    wins, losses, draws = (draw(st.integers(0, 3)) for _ in range(3))
    return Standing(
        player=draw(players),
        race=draw(races),
        rating=draw(st.integers(1480, 1520)),
        games=wins + losses + draws,
        wins=wins,
        losses=losses,
        draws=draws,
        last_played_at=NOON - timedelta(days=draw(st.integers(0, 40))),
        name=draw(st.sampled_from(["Alice", "Bob", "Eve"])),
        country=draw(st.sampled_from(["KR", "DE", "AQ", "XX", "ZZ"])),
    )


def all_standings(max_size: int = 40) -> st.SearchStrategy[list[Standing]]:
    """One row for each player and race."""
    few = st.integers(1, 6).map(PlayerId)
    return st.lists(standings(few), max_size=max_size, unique_by=lambda row: (row.player, row.race))
