"""`/replay` for players, and `/replays` for staff: files, verdicts, and the allow-list."""

from collections.abc import Mapping

from actors.cards import exhibits
from actors.doors import Doors
from actors.judging import judge_again
from actors.match import wake
from actors.messages import Answer, LookAgain, Say
from actors.ports import Gone, Unreadable
from actors.rules.allowed import AllowList, Untaught, Version, VersionId, learn
from actors.rules.ids import MapKey, MatchId, ReplayId
from actors.rules.maps import POOL, by_key
from actors.rules.match import Match, Phase, may_be_contested
from actors.rules.player import Player
from actors.rules.replay import ReplayFacts
from actors.rules.screens import Dossier, Notice, ReplayFiles, Report, Tone
from supervision import KernelError, Registry

STAFF = frozenset({"replays list", "replays learn", "replays retire", "replays match", "replays verify"})
REPLAYS = STAFF | {"replay"}
MOST_FILES = 8
"""Files in one answer; Discord takes ten."""
MOST_BYTES = 8_000_000
"""Of all files in one answer; Discord takes ten megabytes."""
SHORT = 8
"""Digits of a file's hash that are shown."""
LINES = 30


class _Refusal(Exception):
    """Nothing is learned, for this reason."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.key)
        self.notice = notice


async def replays(
    registry: Registry, doors: Doors, player: Player, name: str, options: Mapping[str, str]
) -> Answer:
    """One command about replays."""
    staff = await doors.store.is_staff(player.id)
    if name != "replay" and not staff:
        return Say(Notice("not-staff"))
    match name:
        case "replay":
            return await _files(doors, player, staff, MatchId(_number(options, "match")))
        case "replays list":
            return Say(_list(await doors.store.allowed(), _number(options, "page") or 1))
        case "replays retire":
            return await _retire(doors, player, VersionId(_number(options, "version")))
        case "replays learn":
            return await _learn(registry, doors, player, options)
        case "replays verify":
            return await _dossier(registry, doors, MatchId(_number(options, "match")), again=True)
        case _:
            return await _dossier(registry, doors, MatchId(_number(options, "match")), again=False)


def _number(options: Mapping[str, str], name: str) -> int:
    return int(options.get(name, "0"))


async def _files(doors: Doors, player: Player, staff: bool, number: MatchId) -> Answer:
    """The files of a match, for those who played it and for staff."""
    match = await doors.store.match(number)
    if match is None or not (staff or player.id in match.players):
        return Say(Notice("replay-none", values={"match": int(number)}))
    found: list[tuple[str, bytes]] = []
    for row in reversed(await doors.store.replays_of(number)):
        content = await doors.files.get(row.facts.digest) if row.kept else None
        room = MOST_BYTES - sum(len(each) for _, each in found)
        if content is not None and len(content) <= room and len(found) < MOST_FILES:
            found.append((f"match-{number}-replay-{row.id}.SC2Replay", content))
    if not found:
        return Say(Notice("replay-none", values={"match": int(number)}))
    return Say(ReplayFiles(number, tuple(found)))


async def _dossier(registry: Registry, doors: Doors, number: MatchId, *, again: bool) -> Answer:
    """All replays of a match with their verdicts, judged anew if asked to."""
    match = await doors.store.match(number)
    if match is None:
        return Say(Notice("replay-none", values={"match": int(number)}))
    if again:
        await _verify(registry, doors, match)
    return Say(Dossier(match, await exhibits(match, doors)))


async def _verify(registry: Registry, doors: Doors, match: Match) -> None:
    """Judge anew; a match that can still be decided, confirmed or contested hears of it."""
    proofs = await judge_again(match, doors)
    now, settings = doors.clock.now(), doors.settings
    if proofs and (match.phase is Phase.LIVE or may_be_contested(match, now, settings)):
        ref = await wake(registry, doors, match.id)
        for proof in proofs:
            ref.cast(proof)


# The allow-list.


def _list(known: AllowList, number: int) -> Report:
    lines = [_line(each) for each in known.versions]
    pages = max(1, -(-len(lines) // LINES))
    page = min(max(number, 1), pages)
    return Report("versions", tuple(lines[(page - 1) * LINES : page * LINES]), page, pages)


def _line(version: Version) -> str:
    what = "mod" if version.map is None else f"{version.map} {version.map_hash[:SHORT]}"
    retired = "  (retired)" if version.retired else ""
    return (
        f"{version.id:>4}  {version.gateway.value}  {what:<24} {len(version.files):>2} files"
        f"  {version.name}{retired}"
    )


async def _retire(doors: Doors, player: Player, version: VersionId) -> Answer:
    done = await doors.store.retire_version(version, player.id, doors.clock.now())
    if not done:
        return Say(Notice("version-unknown", values={"version": int(version)}))
    return Say(Notice("version-retired", Tone.GOOD, {"version": int(version)}))


async def _learn(registry: Registry, doors: Doors, player: Player, options: Mapping[str, str]) -> Answer:
    try:
        facts = await _teacher(doors, options)
        known = await doors.store.allowed()
        learned = learn(
            known,
            gateway=facts.gateway,
            handles=facts.handles,
            played=_map_of(facts, known, options.get("map", "")),
            name=options.get("name") or f"{doors.clock.now():%Y-%m-%d}",
            sure=options.get("sure") == "True",
        )
    except _Refusal as refusal:
        return Say(refusal.notice)
    if isinstance(learned, Untaught):
        return Say(Notice(learned.value))
    await doors.store.learn_versions(learned, player.id, doors.clock.now())
    await _look_again(registry, doors)
    what = " + ".join("mod" if each.map is None else by_key(each.map).short_name for each in learned)
    return Say(Notice("version-learned", Tone.GOOD, {"what": what}))


async def _teacher(doors: Doors, options: Mapping[str, str]) -> ReplayFacts:
    """The replay that staff know to be good: an upload by its number, or a file."""
    if _number(options, "replay"):
        row = await doors.store.replay(ReplayId(_number(options, "replay")))
        if row is None:
            raise _Refusal(Notice("learn-what"))
        return row.facts
    if not options.get("file"):
        raise _Refusal(Notice("learn-what"))
    try:
        content = await doors.downloads.fetch(options["file"], doors.settings.replay_max_bytes)
        return await doors.reader.read(content)
    except Gone as gone:
        raise _Refusal(Notice("upload-expired")) from gone
    except Unreadable as unreadable:
        raise _Refusal(Notice(f"upload-{unreadable.reason}")) from unreadable


def _map_of(facts: ReplayFacts, known: AllowList, chosen: str) -> MapKey:
    """The map that staff named, else by its hash, else by its name in an English client."""
    named = {each.full_name: each.key for each in POOL}
    found = MapKey(chosen) if chosen else known.map_of(facts.map_hash) or named.get(facts.map_name)
    if found is None or found not in named.values():
        raise _Refusal(Notice("learn-which-map"))
    return found


async def _look_again(registry: Registry, doors: Doors) -> None:
    """Replays that failed for want of this version may now decide their matches."""
    for match in await doors.store.open_matches():
        if match.phase is Phase.LIVE:
            try:
                (await wake(registry, doors, match.id)).cast(LookAgain())
            except KernelError:
                continue  # it looks by itself when it starts again
