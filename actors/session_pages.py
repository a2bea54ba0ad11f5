"""Pages that a session answers with: leaderboard, profile, state of the actors."""

from actors.doors import Doors
from actors.keys import RANKS
from actors.messages import Answer, Page, PlacesOf, Redraw, Say
from actors.ports import JoinRefusal
from actors.rules.aims import AIMS, aim
from actors.rules.ids import PlayerId
from actors.rules.player import Player
from actors.rules.rank import Filter
from actors.rules.screens import Notice, ProfileCard, Report, Timing, Timings
from supervision import FlowSummary, Registry
from supervision.flow import conclude, step

FLOWS = 7
"""Flows on one page."""
STEPS = 3
"""Steps and ends of one flow that are told."""
WELL = {"success", "match_displayed_successfully"}
LINES = 25
"""Lines of text on one page of a report."""


async def leaderboard(registry: Registry, chosen: Filter, number: int) -> Answer:
    """One page of the ladder; a number too high or too low is the nearest page."""
    with step("fetch_leaderboard_data"):
        board = await registry.ref(RANKS).call(Page(chosen, number))
    return Redraw(board)


async def profile(registry: Registry, doors: Doors, player: Player) -> Answer:
    """The player's own page."""
    if player.profile is None:
        conclude("player_not_found")
        return Say(Notice(JoinRefusal.NO_PROFILE.value))
    with step("fetch_mmr_data"):
        standings = await registry.ref(RANKS).call(PlacesOf(player.id))
    with step("fetch_record"):
        record = await doors.store.record(player.id, doors.clock.now())
    card = ProfileCard(
        player=player.id,
        discord_name=player.discord_name,
        profile=player.profile,
        standings=standings,
        aborts=record.aborts,
        no_shows=record.no_shows,
        timed_out_until=record.timed_out_until,
    )
    return Say(card, private=False)


async def actors_page(doors: Doors, player: PlayerId, number: int) -> Answer:
    """The state of all actors, for staff."""
    if not await doors.store.is_staff(player):
        return Say(Notice("not-staff"))
    lines = await doors.look()
    pages = max(1, -(-len(lines) // LINES))
    page = min(max(number, 1), pages)
    return Redraw(Report("actors", lines[(page - 1) * LINES : page * LINES], page, pages))


async def flows_page(doors: Doors, player: PlayerId, number: int) -> Answer:
    """How long everything takes, for staff; what something is promised of comes first."""
    if not await doors.store.is_staff(player):
        return Say(Notice("not-staff"))
    places = {name: place for place, name in enumerate(AIMS)}
    told = sorted(doors.measured(), key=lambda each: (places.get(each.name, len(places)), each.name))
    pages = max(1, -(-len(told) // FLOWS))
    page = min(max(number, 1), pages)
    timings = tuple(_timing(each) for each in told[(page - 1) * FLOWS : page * FLOWS])
    return Redraw(Timings(timings, page, pages))


def _timing(of: FlowSummary) -> Timing:
    ends = sorted(((status, times) for status, times in of.statuses.items()), key=lambda each: -each[1])
    steps = sorted(((each.name, each.share) for each in of.steps), key=lambda each: -each[1])
    return Timing(
        name=of.name,
        count=of.count,
        p50_ms=of.p50_s * 1000,
        p95_ms=of.p95_s * 1000,
        p99_ms=of.p99_s * 1000,
        max_ms=of.max_s * 1000,
        own_p99_ms=of.own_p99_s * 1000,
        aim=aim(of.name),
        ends=tuple(each for each in ends if each[0] not in WELL)[:STEPS],
        steps=tuple(steps[:STEPS]),
    )
