"""Set-up from the introduction to the stored profile."""

from collections.abc import Mapping

import disnake

from actors.rules import countries
from actors.rules.player import Draft, Profile
from actors.rules.profile import Field, Problem
from actors.rules.region import REGION_NAMES
from actors.rules.screens import SetupDone, SetupInvalid, SetupReview
from bot.embeds import colours, people
from bot.escape import code, foreign
from bot.text import Texts


def intro(texts: Texts) -> disnake.Embed:
    """What set-up asks for, and why."""
    embed = disnake.Embed(
        title=texts.say("setup-intro-title"), description=texts.say("setup-intro-body"), colour=colours.BLUE
    )
    for field in Field:
        embed.add_field(
            texts.say(f"field-{field.value}"), texts.say(f"setup-intro-{field.value}"), inline=False
        )
    return embed


def invalid(screen: SetupInvalid, texts: Texts) -> disnake.Embed:
    """Which entries break which rules."""
    embed = disnake.Embed(
        title=texts.say("setup-invalid-title"),
        description=texts.say("setup-invalid-body"),
        colour=colours.RED,
    )
    for field in Field:
        wrong = [problem for problem in screen.problems if problem.field is field]
        if wrong:
            embed.add_field(texts.say(f"field-{field.value}"), _complaints(wrong, texts), inline=False)
    return embed


def review(screen: SetupReview, texts: Texts) -> disnake.Embed:
    """All entries once more, before they are stored."""
    ready = screen.draft.region is not None
    embed = disnake.Embed(
        title=texts.say("setup-review-title"),
        description=texts.say("setup-review-ready" if ready else "setup-review-missing"),
        colour=colours.BLUE,
    )
    return _listed(embed, _of_draft(screen.draft, texts), texts)


def done(screen: SetupDone, texts: Texts) -> disnake.Embed:
    """The stored profile, and where to go next."""
    embed = disnake.Embed(
        title=texts.say("setup-done-title"),
        description=texts.say("setup-done-body", name=foreign(screen.profile.name)),
        colour=colours.GREEN,
    )
    return _listed(embed, of_profile(screen.profile, texts), texts)


def of_profile(profile: Profile, texts: Texts) -> Mapping[Field, str]:
    """The entries of a profile as they are shown."""
    return {
        Field.NAME: foreign(profile.name),
        Field.BATTLETAG: code(profile.battletag),
        Field.ALT_NAMES: people.names(profile.alt_names, texts),
        Field.COUNTRY: people.country(profile.country, texts),
        Field.REGION: REGION_NAMES[profile.region],
    }


def _of_draft(draft: Draft, texts: Texts) -> Mapping[Field, str]:
    country = countries.find(draft.country)
    return {
        Field.NAME: foreign(draft.name),
        Field.BATTLETAG: code(draft.battletag),
        Field.ALT_NAMES: people.names(tuple(draft.alt_names.split()), texts),
        Field.COUNTRY: foreign(draft.country) if country is None else people.country(country, texts),
        Field.REGION: "…" if draft.region is None else REGION_NAMES[draft.region],
    }


def _listed(embed: disnake.Embed, entries: Mapping[Field, str], texts: Texts) -> disnake.Embed:
    for field, shown in entries.items():
        embed.add_field(
            texts.say(f"field-{field.value}"), shown, inline=field in {Field.NAME, Field.BATTLETAG}
        )
    return embed


_MOST_COMPLAINTS = 5
"""In one field; 25 short names can break two rules each."""


def _complaints(problems: list[Problem], texts: Texts) -> str:
    lines = [_complaint(problem, texts) for problem in problems[:_MOST_COMPLAINTS]]
    if len(problems) > _MOST_COMPLAINTS:
        lines.append("…")
    return "\n".join(lines)


def _complaint(problem: Problem, texts: Texts) -> str:
    rule = texts.say(f"rule-{problem.rule.value}")
    if problem.field is Field.REGION:
        return rule
    if not problem.value:
        return f"{rule} {texts.say('setup-invalid-empty')}."
    return f"{rule} {texts.say('setup-invalid-value', value=code(problem.value))}."
