"""`/admin`: orders of the staff. Discord hides them; the store checks who asks, inside its transaction."""

import disnake

from actors.rules.ids import Race

_PART, _WHOLE, _TEXT, _USER = (
    disnake.OptionType.sub_command,
    disnake.OptionType.integer,
    disnake.OptionType.string,
    disnake.OptionType.user,
)
LARGEST = 2**53 - 1
"""Source: Discord, integer options."""
LONGEST_REASON = 300
MOST_RATING = 5000
MOST_MINUTES = 60 * 24 * 60
"""Of a time-out: sixty days; who shall stay away longer is banned."""


def _whole(name: str, description: str, least: int, most: int) -> disnake.Option:
    return disnake.Option(
        name=name, description=description, type=_WHOLE, required=True, min_value=least, max_value=most
    )


def _choice(name: str, description: str, choices: dict[str, str]) -> disnake.Option:
    listed = [disnake.OptionChoice(label, value) for label, value in choices.items()]
    return disnake.Option(name=name, description=description, type=_TEXT, required=True, choices=listed)


_MATCH = _whole("match", "The number of the match", 1, LARGEST)
_PLAYER = disnake.Option(name="player", description="Who", type=_USER, required=True)
_REASON = disnake.Option(
    name="reason",
    description="Why; it is kept, and the player reads it",
    type=_TEXT,
    required=True,
    min_length=3,
    max_length=LONGEST_REASON,
)
_OUTCOMES = {"The Brood War side won": "first", "The StarCraft II side won": "second", "Draw": "draw"}
_RACES = {
    "BW Terran": Race.BW_TERRAN.value,
    "BW Zerg": Race.BW_ZERG.value,
    "BW Protoss": Race.BW_PROTOSS.value,
    "SC2 Terran": Race.SC2_TERRAN.value,
    "SC2 Zerg": Race.SC2_ZERG.value,
    "SC2 Protoss": Race.SC2_PROTOSS.value,
}


def _part(name: str, description: str, *options: disnake.Option) -> disnake.Option:
    return disnake.Option(name=name, description=description, type=_PART, options=list(options))


COMMAND = disnake.SlashCommand(
    name="admin",
    description="Staff: look at matches, rule them, and look after players",
    options=[
        _part("match", "Everything about one match", _MATCH),
        _part(
            "resolve",
            "Say how a match ended, also if it ended otherwise before",
            _MATCH,
            _choice("outcome", "How it ended", _OUTCOMES),
            _REASON,
        ),
        _part("void", "Call a match off; ratings are as if it had not been played", _MATCH, _REASON),
        _part("release", "Free a player of queue, match and time-out, whatever holds them", _PLAYER, _REASON),
        _part("ban", "Keep a player out of the ladder", _PLAYER, _REASON),
        _part("unban", "Let a player in again", _PLAYER, _REASON),
        _part(
            "rating",
            "Set the rating of a player with a race",
            _PLAYER,
            _choice("race", "With which race", _RACES),
            _whole("rating", "The rating from now on", 0, MOST_RATING),
            _REASON,
        ),
        _part(
            "penalty",
            "Keep a player out of the queue for a while, or forgive what runs",
            _PLAYER,
            _whole("minutes", "For how long from now; 0 forgives", 0, MOST_MINUTES),
            _REASON,
        ),
    ],
    default_member_permissions=disnake.Permissions(manage_guild=True),
    contexts=disnake.InteractionContextTypes(guild=True, bot_dm=True),
)
