"""How long everything takes, for staff: a field for each flow."""

import disnake

from actors.rules.screens import Timing, Timings
from bot.embeds import colours
from bot.escape import foreign, plain
from bot.text import Texts

LONGEST_NAME, LONGEST_STEP = 60, 40


def timings(screen: Timings, texts: Texts) -> disnake.Embed:
    """One page."""
    late = [each for each in screen.timings if _late(each)]
    embed = disnake.Embed(
        title=texts.say("timings-title"),
        description=texts.say("timings-body" if screen.timings else "timings-empty"),
        colour=colours.ORANGE if late else colours.GREY,
    )
    for each in screen.timings:
        embed.add_field(plain(each.name, LONGEST_NAME), "\n".join(_lines(each, texts)), inline=False)
    embed.set_footer(text=texts.say("report-footer", page=screen.page, pages=screen.pages))
    return embed


def _late(each: Timing) -> bool:
    over = each.aim.budget_ms is not None and each.own_p99_ms > each.aim.budget_ms
    return over or each.p99_ms > each.aim.target_ms


def _lines(each: Timing, texts: Texts) -> list[str]:
    lines = [
        texts.say(
            "timings-times",
            count=each.count,
            p50=_ms(each.p50_ms),
            p95=_ms(each.p95_ms),
            p99=_ms(each.p99_ms),
            max=_ms(each.max_ms),
        ),
        texts.say(
            "timings-target",
            target=f"{each.aim.target_ms:g}",
            met="yes" if each.p99_ms <= each.aim.target_ms else "no",
        ),
    ]
    if each.aim.budget_ms is not None:
        met = "yes" if each.own_p99_ms <= each.aim.budget_ms else "no"
        budget = f"{each.aim.budget_ms:g}"
        lines[1] += " · " + texts.say("timings-budget", own=_ms(each.own_p99_ms), budget=budget, met=met)
    if each.steps:
        steps = (f"{foreign(name, LONGEST_STEP)} {share:.0%}" for name, share in each.steps)
        lines.append(texts.say("timings-steps", steps=", ".join(steps)))
    if each.ends:
        ends = (f"{times} {foreign(status, LONGEST_STEP)}" for status, times in each.ends)
        lines.append(texts.say("timings-ends", ends=", ".join(ends)))
    return lines


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds >= _WHOLE_FROM else f"{milliseconds:.1f}"


_WHOLE_FROM = 100.0
