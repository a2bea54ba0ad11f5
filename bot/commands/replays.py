"""`/replay` hands out the files of a match; `/replays` is the staff's: verdicts and the allow-list."""

import disnake

from actors.rules.maps import POOL

_WHOLE = disnake.OptionType.integer
_LARGEST = 2**53 - 1
"""Source: Discord, integer options."""


def _number(name: str, description: str, *, required: bool = True) -> disnake.Option:
    return disnake.Option(
        name=name,
        description=description,
        type=_WHOLE,
        min_value=1,
        max_value=_LARGEST,
        required=required,
    )


def _part(name: str, description: str, *options: disnake.Option) -> disnake.Option:
    return disnake.Option(
        name=name, description=description, type=disnake.OptionType.sub_command, options=list(options)
    )


REPLAY = disnake.SlashCommand(
    name="replay",
    description="Download the replays of one of your matches",
    options=[_number("match", "The number of the match")],
    contexts=disnake.InteractionContextTypes(bot_dm=True),
)

_MAP = disnake.Option(
    name="map",
    description="Which map it is, where neither file nor name says it",
    type=disnake.OptionType.string,
    choices=[disnake.OptionChoice(each.short_name, each.key) for each in POOL],
)

STAFF = disnake.SlashCommand(
    name="replays",
    description="Staff: replays of a match, and which versions of mod and maps count",
    options=[
        _part(
            "match",
            "The replays of a match and what each check found",
            _number("match", "The number of the match"),
        ),
        _part(
            "verify",
            "Judge the replays of a match again, after the list changed",
            _number("match", "The number of the match"),
        ),
        _part(
            "list",
            "Which versions of mod and maps are known",
            _number("page", "Which page, from 1", required=False),
        ),
        _part(
            "learn",
            "Learn a version of mod or map from a replay that you know to be good",
            disnake.Option(name="file", description="A replay file", type=disnake.OptionType.attachment),
            _number("replay", "Or the number of an upload", required=False),
            _MAP,
            disnake.Option(
                name="name",
                description="What to call it; the date by default",
                type=disnake.OptionType.string,
                max_length=40,
            ),
            disnake.Option(
                name="sure",
                description="It is a new publish of the mod, although it looks like a copy",
                type=disnake.OptionType.boolean,
            ),
        ),
        _part(
            "retire",
            "A version counts no more",
            _number("version", "Its number in the list"),
        ),
    ],
    default_member_permissions=disnake.Permissions(manage_guild=True),
    contexts=disnake.InteractionContextTypes(guild=True, bot_dm=True),
)
