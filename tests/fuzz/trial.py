"""What becomes of one upload: read, held against a match, and told to its uploader."""

from dataclasses import dataclass
from datetime import timedelta

from actors.rules.identity import Expected
from actors.rules.ids import MapKey, MatchId, PlayerId, Race, ReplayId
from actors.rules.known_versions import shipped
from actors.rules.replay import Expectation, Upload
from actors.rules.screens import Meaning, ReplayCard
from actors.rules.settings import Settings
from actors.rules.verification import verify
from bot.drawing import Drawing, draw
from bot.text import texts_of
from storage.errors import ReplayUnreadable
from storage.replay_reader import ReplayReader
from storage.replay_rows import facts_document, findings_document
from tests.fuzz.mutants import ENDED_AT

EXPECTATION = Expectation(
    match=MatchId(7),
    sides=(
        Expected(player=PlayerId(1), race=Race.BW_ZERG, names=("Alice",)),
        Expected(player=PlayerId(2), race=Race.SC2_TERRAN, names=("Bob",)),
    ),
    map=MapKey("radeon"),
    allowed=shipped(),
    assigned_at=ENDED_AT - timedelta(minutes=20),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended."""

    word: str
    """`settles`, `refused`, `asked`, or why it could not be read."""
    sentence: str


async def judged(reader: ReplayReader, content: bytes) -> Outcome:
    """Take an upload as the ladder does, but for database and Discord.

    Raises:
        Exception: what must not happen.
    """
    texts = texts_of()
    try:
        facts = await reader.read(content)
    except ReplayUnreadable as unreadable:
        return Outcome(unreadable.reason.value, texts.say(f"notice-upload-{unreadable.reason}"))
    verdict = verify(facts, EXPECTATION, Upload(PlayerId(1)), ENDED_AT, Settings())
    facts_document(facts), findings_document(verdict.findings)
    meaning = Meaning.SETTLED if verdict.accepted else Meaning.LIVE
    drawing = draw(ReplayCard(MatchId(7), ReplayId(1), facts, verdict.findings, meaning), texts)
    assert isinstance(drawing, Drawing)
    (embed,) = drawing.embeds
    assert len(embed) <= 6000
    word = "settles" if verdict.accepted else "asked" if verdict.asked else "refused"
    return Outcome(word, str(embed.fields[-1].value))
