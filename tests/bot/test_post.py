"""The post office: what it sends, what it tries again, and how long it waits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import disnake
import pytest
import trio
from aiohttp import ClientConnectionError
from trio.testing import MockClock

from actors.ports import Gone, Place, Priority, Unavailable
from actors.rules.ids import ChannelId, MessageId, PlayerId
from actors.rules.screens import Notice
from bot.drawing import draw
from bot.errors import AlreadyAnswered, DiscordUnavailable, TooLate, discord_faults
from bot.pace import Pace
from bot.post import ATTEMPTS, REQUEST_S, DiscordPost
from bot.text import texts_of
from tests.bot.post_laws import LAWS, World, title
from tests.fakes.post import FakePost

HERE = Place(ChannelId(5), MessageId(6))


@dataclass
class Line:
    """A line to Discord that does as it is told."""

    does: list[Exception | float] = field(default_factory=list)
    """What the next requests fail with, or how long they take."""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    ids: list[dict[str, int]] = field(default_factory=list)

    async def request(self, method: str, path: str, body: object = None, **ids: int) -> Any:
        self.requests.append((method, path, body))
        self.ids.append(ids)
        await self._suffer()
        return {"id": "77"}

    async def download(self, url: str, limit: int) -> bytes:
        await self._suffer()
        return b"replay"

    async def _suffer(self) -> None:
        await trio.lowlevel.checkpoint()
        if not self.does:
            return
        trouble = self.does.pop(0)
        if isinstance(trouble, Exception):
            raise trouble
        await trio.sleep(trouble)


def office(line: Line, pace: Pace | None = None) -> DiscordPost:
    return DiscordPost(line, lambda screen: draw(screen, texts_of()), pace or Pace())


async def test_a_message_carries_a_nonce_that_discord_enforces_and_mentions_nobody() -> None:
    line = Line()
    assert await office(line).send(HERE.channel, Notice("busy"), 4711, Priority.FOUND) == 77
    ((method, path, body),) = line.requests
    assert (method, path, line.ids) == ("POST", "/channels/{channel_id}/messages", [{"channel_id": 5}])
    assert (body["nonce"], body["enforce_nonce"]) == ("4711", True)
    assert body["allowed_mentions"] == {"parse": []}
    assert body["embeds"][0]["title"] == title(Notice("busy"))


async def test_an_edit_takes_old_buttons_away() -> None:
    line = Line()
    await office(line).edit(HERE, Notice("busy"), Priority.MATCH)
    assert line.requests[0][2]["components"] == []


async def test_what_a_retry_can_mend_is_tried_again_with_the_same_nonce(autojump_clock: MockClock) -> None:
    line = Line([DiscordUnavailable("503"), DiscordUnavailable("connection reset")])
    await office(line).send(HERE.channel, Notice("busy"), 4711, Priority.FOUND)
    assert [body["nonce"] for _, _, body in line.requests] == ["4711"] * 3


async def test_retries_end(autojump_clock: MockClock) -> None:
    line = Line([DiscordUnavailable("503")] * 10)
    with pytest.raises(Unavailable):
        await office(line).edit(HERE, Notice("busy"), Priority.MATCH)
    assert len(line.requests) == ATTEMPTS


@pytest.mark.parametrize(
    "hopeless", [DiscordUnavailable("401", mendable=False), Gone("50007", recipient_lost=True)]
)
async def test_what_no_retry_can_mend_is_not_tried_again(hopeless: Exception) -> None:
    line = Line([hopeless])
    with pytest.raises(type(hopeless)):
        await office(line).open_dm(PlayerId(1))
    assert len(line.requests) == 1


async def test_a_discord_that_does_not_answer_is_given_up(autojump_clock: MockClock) -> None:
    began = trio.current_time()
    with pytest.raises(Unavailable):
        await office(Line([3600.0])).edit(HERE, Notice("busy"), Priority.MATCH)
    assert trio.current_time() - began == pytest.approx(REQUEST_S)


async def test_waiting_in_line_does_not_count_against_discord(autojump_clock: MockClock) -> None:
    pace = Pace(requests=1, window_s=3 * REQUEST_S)
    await pace.turn(Priority.FOUND)
    await office(Line([REQUEST_S - 1]), pace).edit(HERE, Notice("busy"), Priority.MATCH)
    assert trio.current_time() == pytest.approx(4 * REQUEST_S - 1)


async def test_a_download_that_hangs_is_given_up(autojump_clock: MockClock) -> None:
    with pytest.raises(Unavailable):
        await office(Line([3600.0])).fetch("http://cdn/x", 10)


# What Discord's refusals mean.


@dataclass
class Response:
    """As much of an HTTP response as disnake's exceptions look at."""

    status: int
    reason: str = "because"


def refusal(status: int, code: int) -> disnake.HTTPException:
    kind = {403: disnake.Forbidden, 404: disnake.NotFound, 503: disnake.DiscordServerError}
    made = kind.get(status, disnake.HTTPException)
    return made(Response(status), {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("code", "status", "lost"),
    [
        (50007, 403, True),
        (50278, 403, True),
        (50001, 403, True),
        (50013, 403, True),
        (10003, 404, True),
        (10013, 404, True),
        (10008, 404, False),
        (50035, 400, False),
    ],
)
def test_what_discord_will_never_take_is_gone(code: int, status: int, lost: bool) -> None:
    with pytest.raises(Gone) as gone, discord_faults():
        raise refusal(status, code)
    assert gone.value.recipient_lost is lost
    assert str(code) in gone.value.reason


@pytest.mark.parametrize("code", [10062, 10015, 50027])
def test_a_void_token_is_too_late(code: int) -> None:
    with pytest.raises(TooLate), discord_faults():
        raise refusal(404, code)


@pytest.mark.parametrize(
    ("failure", "mendable"),
    [
        (refusal(503, 0), True),
        (ClientConnectionError("refused"), True),
        (ConnectionResetError("reset"), True),
        (refusal(401, 0), False),
        (refusal(403, 0), False),
        (refusal(429, 0), False),
        (refusal(400, 30046), False),
        (trio.TooSlowError(), False),
    ],
)
def test_anything_else_may_work_another_time(failure: Exception, mendable: bool) -> None:
    with pytest.raises(DiscordUnavailable) as away, discord_faults():
        raise failure
    assert away.value.mendable is mendable


def test_an_answer_that_arrived_unheard_is_told_apart() -> None:
    with pytest.raises(AlreadyAnswered), discord_faults():
        raise refusal(400, 40060)


def test_a_bug_of_ours_is_not_discords_fault() -> None:
    with pytest.raises(KeyError), discord_faults():
        raise KeyError("bug")


# The fake keeps the same promises; `test_gateway.py` holds the real one to them.


class FakeWorld:
    """The fake and its reader."""

    def __init__(self) -> None:
        self.post = self.downloads = FakePost()
        self.player = PlayerId(1)

    async def titles(self) -> list[str]:
        return [title(screen) for screen in self.post.sees(self.player) if isinstance(screen, Notice)]

    async def close_dms(self) -> None:
        self.post.close_dms(self.player)

    async def file(self, content: bytes) -> str:
        self.post.files["http://cdn/a"] = content
        return "http://cdn/a"


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_the_fake(law: Callable[[World], Awaitable[None]]) -> None:
    await law(FakeWorld())
