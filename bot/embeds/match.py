"""The card of a live match: all that two people need to meet, play and report."""

import disnake

from actors.rules.maps import MOD, by_key, link
from actors.rules.match import Deadline, Match, Phase
from actors.rules.region import GATEWAY_NAMES, SERVER_NAMES
from actors.rules.screens import MatchCard
from bot.embeds import colours, people
from bot.text import Texts


def live(screen: MatchCard, texts: Texts) -> disnake.Embed:
    """Players, map, server, settings, steps, and how to report."""
    match = screen.match
    embed = disnake.Embed(
        title=texts.say("match-title", match=match.id),
        description=_state(match, texts),
        colour=_colour(match),
    )
    for side in match.sides:
        key = "match-side-you" if side.player == screen.viewer else "match-side"
        title = texts.say(key, race=people.race(side.race, texts))
        embed.add_field(title, people.introduction(side, texts), inline=True)
    _add_place(embed, match, texts)
    if match.phase is Phase.LIVE:
        gateway = GATEWAY_NAMES[match.server.gateway]
        guide = texts.say("match-guide-body", gateway=gateway, mod=MOD.name)
        embed.add_field(texts.say("match-guide"), guide, inline=False)
        embed.add_field(texts.say("match-report"), _report(screen, texts), inline=False)
    return embed


def _colour(match: Match) -> disnake.Colour:
    if match.phase is Phase.DISPUTED:
        return colours.ORANGE
    return colours.TEAL if match.phase.open else colours.GREY


def _state(match: Match, texts: Texts) -> str:
    if match.phase is Phase.DISPUTED:
        until = match.due(Deadline.DISPUTE)
        patience = [] if until is None else [texts.say("match-disputed-until", until=until)]
        return "\n".join([texts.say("match-disputed"), *patience])
    if not match.phase.open:
        return texts.say("match-over")
    until = match.due(Deadline.LIVE)
    deadline = [] if until is None else [texts.say("match-deadline", until=until)]
    return "\n".join([texts.say("match-body"), *deadline])


def _add_place(embed: disnake.Embed, match: Match, texts: Texts) -> None:
    """Map, mod, server, chat channel and lobby settings."""
    played, gateway = by_key(match.map), match.server.gateway
    map_text = texts.say(
        "match-map-body",
        short=played.short_name,
        author=played.author,
        full=f"`{played.full_name}`",
        link=f"`{link(played, gateway)}`",
    )
    mod_text = texts.say("match-mod-body", name=MOD.name, author=MOD.author, link=f"`{link(MOD, gateway)}`")
    server = texts.say("match-server-body", server=SERVER_NAMES[match.server], gateway=GATEWAY_NAMES[gateway])
    embed.add_field(texts.say("match-map"), map_text, inline=False)
    embed.add_field(texts.say("match-mod"), mod_text, inline=False)
    embed.add_field(texts.say("match-server"), server, inline=True)
    embed.add_field(texts.say("match-channel"), texts.say("match-channel-body"), inline=True)
    embed.add_field(texts.say("match-settings"), texts.say("match-settings-body"), inline=False)


def _report(screen: MatchCard, texts: Texts) -> str:
    """What this player can do about the result. The other's claim stays unseen."""
    match = screen.match
    mine = match.side_of(screen.viewer)
    until = match.due(Deadline.SILENCE)
    claim = match.sides[mine].claim
    if until is None:
        return texts.say("match-report-body")
    if claim is None:
        return texts.say("match-report-theirs", until=until)
    return texts.say("match-report-yours", claim=texts.say(f"claim-{claim.value}"), until=until)
