"""A player's own page: who one is, and how one did with each race."""

from collections.abc import Iterable

import disnake

from actors.rules.rank import Placed
from actors.rules.screens import ProfileCard
from bot.embeds import colours, people
from bot.embeds.setup import of_profile
from bot.escape import foreign, plain
from bot.text import Texts


def profile(screen: ProfileCard, texts: Texts) -> disnake.Embed:
    """Entries, totals, races, reliability."""
    embed = disnake.Embed(
        title=texts.say("profile-title", name=foreign(screen.profile.name)), colour=colours.BLUE
    )
    if screen.timed_out_until is not None:
        embed.description = texts.say("profile-timed-out", until=screen.timed_out_until)
    for field, shown in of_profile(screen.profile, texts).items():
        embed.add_field(texts.say(f"field-{field.value}"), shown, inline=True)
    embed.add_field(texts.say("profile-total"), _total(screen.standings, texts), inline=False)
    for placed in screen.standings:
        embed.add_field(people.race(placed.standing.race, texts), _race(placed, texts), inline=True)
    embed.add_field(texts.say("profile-conduct"), _conduct(screen, texts), inline=False)
    embed.set_footer(text=texts.say("profile-footer", name=plain(screen.discord_name), id=str(screen.player)))
    return embed


def _total(standings: Iterable[Placed], texts: Texts) -> str:
    rows = [placed.standing for placed in standings]
    if not any(row.games for row in rows):
        return texts.say("profile-no-games")
    return _record(
        sum(row.wins for row in rows), sum(row.losses for row in rows), sum(row.draws for row in rows), texts
    )


def _record(wins: int, losses: int, draws: int, texts: Texts) -> str:
    games = max(1, wins + losses + draws)
    return texts.say(
        "profile-record", wins=wins, losses=losses, draws=draws, percent=round(100 * wins / games)
    )


def _race(placed: Placed, texts: Texts) -> str:
    row = placed.standing
    letter = people.rank(placed.rank, texts)
    rank = letter if placed.place is None else texts.say("profile-place", rank=letter, place=placed.place)
    return texts.say(
        "profile-race",
        rating=row.rating,
        rank=rank,
        record=_record(row.wins, row.losses, row.draws, texts),
        at=row.last_played_at,
    )


def _conduct(screen: ProfileCard, texts: Texts) -> str:
    if not screen.aborts and not screen.no_shows:
        return texts.say("profile-conduct-clean")
    return texts.say("profile-conduct-counts", aborts=screen.aborts, missed=screen.no_shows)
