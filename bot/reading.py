"""Replays from the command line: the facts of each file, and whether it could settle some match.

The list of mod and maps is the one that the ladder is shipped with, and what the files teach that the
operator says are good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import trio
from pydantic import TypeAdapter
from rich.table import Table
from rich.text import Text

from actors.ports import ReplayReader, Unreadable
from actors.rules.allowed import AllowList, Untaught, learn
from actors.rules.known_versions import shipped
from actors.rules.maps import POOL
from actors.rules.replay import Finding, Grade, ReplayFacts, ReplayPlayer
from actors.rules.settings import Settings
from actors.rules.verification import examine
from bot import signs
from bot.embeds import people
from bot.text import texts_of

SENTENCES: Mapping[str, str] = {
    "too-large": "It is larger than a replay can be.",
    "not-a-replay": "It is no StarCraft II replay.",
    "other-game": "It is a replay of another game.",
    "truncated": "It ends too early: the file is incomplete.",
    "too-slow": "Reading it took too long.",
    "unreadable": "It is damaged, or of a kind that is not known.",
}
_FACTS = TypeAdapter(ReplayFacts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one file says, and what was found."""

    file: Path
    facts: ReplayFacts
    findings: tuple[Finding, ...]

    @property
    def fit(self) -> bool:
        """Whether it could settle the match that it belongs to."""
        return not any(finding.grade is Grade.FAILED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Bad:
    """A file that could not be read, and the sentence that says why."""

    file: Path
    sentence: str


async def read_all(
    reader: ReplayReader, files: Sequence[Path], good: Sequence[Path] = ()
) -> tuple[Sheet | Bad, ...]:
    """Read each file, and hold it against the list as `good` taught it.

    Returns:
        Those of `good` that taught nothing although they should, then `files` in their order.
    """
    known, taught = shipped(), []
    for file in good:
        lesson = await _read(reader, file)
        if isinstance(lesson, Bad):
            taught.append(lesson)
            continue
        learned = _learned(known, lesson)
        if isinstance(learned, Bad):
            taught.append(learned)
        else:
            known = learned
    sheets = [await _read(reader, file) for file in files]
    return (*taught, *(sheet if isinstance(sheet, Bad) else _examined(sheet, known) for sheet in sheets))


async def _read(reader: ReplayReader, file: Path) -> Sheet | Bad:
    try:
        if (await trio.Path(file).stat()).st_size > Settings().replay_max_bytes:
            return Bad(file, SENTENCES["too-large"])
        return Sheet(file, await reader.read(await trio.Path(file).read_bytes()), ())
    except OSError as fault:
        return Bad(file, f"{fault.strerror or 'It cannot be opened'}.")
    except Unreadable as unreadable:
        return Bad(file, SENTENCES[unreadable.reason])


def _examined(sheet: Sheet, known: AllowList) -> Sheet:
    return Sheet(sheet.file, sheet.facts, examine(sheet.facts, known))


def _learned(known: AllowList, lesson: Sheet) -> AllowList | Bad:
    facts = lesson.facts
    named = {each.full_name: each.key for each in POOL}
    played = known.map_of(facts.map_hash) or named.get(facts.map_name)
    if played is None:
        return Bad(lesson.file, "It teaches nothing: its map is none of the pool.")
    learned = learn(
        known, gateway=facts.gateway, handles=facts.handles, played=played, name=lesson.file.name, sure=True
    )
    match learned:
        case Untaught.KNOWN:
            return known
        case Untaught():
            return Bad(lesson.file, f"It teaches nothing: {learned.value}.")
        case versions:
            return known.with_versions(versions)


# Shown


def as_json(sheets: Iterable[Sheet | Bad]) -> list[dict[str, Any]]:
    """One plain object for each file."""
    return [
        {"file": str(sheet.file), "error": sheet.sentence}
        if isinstance(sheet, Bad)
        else {
            "file": str(sheet.file),
            "fit": sheet.fit,
            "facts": _FACTS.dump_python(sheet.facts, mode="json"),
            "findings": [
                {
                    "check": each.check.value,
                    "grade": each.grade.value,
                    "reason": _value(each.reason),
                    "seen": each.seen,
                    "words": _words(each),
                }
                for each in sheet.findings
            ],
        }
        for sheet in sheets
    ]


def table(sheet: Sheet) -> Table:
    """One file for a terminal."""
    facts = sheet.facts
    title = Text(sheet.file.name, style="bold")
    shown = Table(title=title, title_justify="left", box=None, show_header=False)
    for player in facts.players:
        shown.add_row(signs.RESULTS[player.result], Text(_player(player)))
    shown.add_row("Map", Text(f"{facts.map_name}  {facts.map_hash[:12]}…"))
    shown.add_row("Played", f"{people.length(facts.length_s)} until {facts.ended_at:%Y-%m-%d %H:%M:%S} UTC")
    where = _value(facts.gateway) or "no gateway of ours"
    shown.add_row("Client", f"build {facts.build}, {where}, {len(facts.handles)} files")
    if facts.observers:
        shown.add_row("Observers", Text(", ".join(facts.observers)))
    shown.add_row()
    for finding in sheet.findings:
        seen = f" ({finding.seen})" if finding.seen and finding.grade is not Grade.PASSED else ""
        shown.add_row(signs.GRADES[finding.grade], Text(f"{_words(finding)}{seen}"))
    verdict = "It could settle a match." if sheet.fit else "It can settle no match."
    shown.add_row("", Text(verdict, style="green" if sheet.fit else "red"))
    return shown


def _player(player: ReplayPlayer) -> str:
    kind = "" if player.human else " · computer"
    return f"{player.name or '(no name)'} · {player.race} · {player.result.value}{kind}"


def _words(finding: Finding) -> str:
    kind = _value(finding.reason) or finding.grade.value
    return texts_of().say(f"check-{finding.check.value}-{kind}")


def _value(member: Enum | None) -> str | None:
    return None if member is None else str(member.value)
