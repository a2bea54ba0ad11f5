"""The gateway: order, close codes, heartbeats, replay, and who hears what."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Bot, Discord, raw_bot

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15


def closed(bot: Bot) -> int:
    """The code that the gateway closed with."""
    while "closed" not in (line := bot.line()):
        pass
    return int(line["closed"])


def gone(bot: Bot) -> None:
    """The connection ended, however."""
    while "closed" not in bot.line():
        pass


def invalid(bot: Bot) -> Any:
    """The payload of INVALID_SESSION."""
    while (frame := bot.frame())["op"] != 9:
        pass
    return frame["d"]


def wish(discord: Discord, **more: Any) -> dict[str, Any]:
    return {"token": discord.token, "intents": GUILDS, "properties": {}, **more}


def test_hello_comes_first_then_ready_then_the_guild(bot: Bot) -> None:
    assert bot.connect()["d"]["heartbeat_interval"] == 41_250
    ready = bot.identify()
    assert {"session_id", "resume_gateway_url", "user", "application", "guilds"} <= set(ready)
    guild = bot.event("GUILD_CREATE")
    assert {channel["name"] for channel in guild["channels"]} == {"ladder", "staff"}


@pytest.mark.parametrize(
    ("op", "payload", "code"),
    [
        (2, {"token": "wrong"}, 4004),
        (2, {"intents": 1 << 40}, 4013),
        (2, {"intents": CONTENT}, 4014),
        (2, {"shard": [2, 1]}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
    ids=["token", "unknown intent", "privileged intent", "shard", "before identify", "opcode"],
)
def test_a_wrong_first_payload_is_closed_with_its_code(
    bot: Bot, op: int, payload: dict[str, Any], code: int
) -> None:
    bot.connect()
    bot.send(op, wish(bot.discord, **payload))
    assert closed(bot) == code


def test_a_second_identify_is_4005(ready_bot: Bot) -> None:
    ready_bot.send(2, wish(ready_bot.discord))
    assert closed(ready_bot) == 4005


@pytest.mark.parametrize(
    "text", ['{"op": 1, "d": "' + "x" * 4096 + '"}', "no json"], ids=["4097 bytes", "no JSON"]
)
def test_a_payload_that_is_too_long_or_no_json_is_4002(ready_bot: Bot, text: str) -> None:
    ready_bot.process.tell(text=text)
    assert closed(ready_bot) == 4002


def test_the_121st_payload_in_a_minute_is_4008(ready_bot: Bot) -> None:
    for _ in range(120):
        ready_bot.send(1, None)
    assert closed(ready_bot) == 4008


def test_identifies_closer_than_five_seconds_are_an_invalid_session(ready_bot: Bot) -> None:
    with raw_bot(ready_bot.discord) as second:
        second.connect()
        second.send(2, wish(ready_bot.discord))
        assert invalid(second) is False
        ready_bot.discord.change(advance_s=5)
        second.identify()


def test_heartbeats_are_acknowledged(ready_bot: Bot) -> None:
    ready_bot.send(1, ready_bot.seq)
    assert ready_bot.frame() == {"op": 11}


def test_a_silent_client_is_closed_and_its_session_ends(start_discord: Callable[..., Discord]) -> None:
    discord = start_discord("--heartbeat-ms", "50")
    with raw_bot(discord) as bot:
        bot.connect()
        bot.identify()
        assert closed(bot) == 4009
        assert discord.control("state")["sessions"] == []


def test_a_resumed_session_gets_what_it_missed_and_then_resumed(ready_bot: Bot) -> None:
    discord = ready_bot.discord
    session = discord.control("state")["sessions"][0]
    discord.fault(kind="drop")
    gone(ready_bot)
    discord.act("alice", "send_dm", text="missed")
    ready_bot.connect()
    ready_bot.send(6, {"token": discord.token, "session_id": session["id"], "seq": session["seq"]})
    first, second = ready_bot.frame(), ready_bot.frame()
    assert (first["t"], first["d"]["content"], first["s"]) == ("MESSAGE_CREATE", "missed", session["seq"] + 1)
    assert (second["t"], second["s"]) == ("RESUMED", session["seq"] + 2)


def test_a_sequence_number_from_the_future_is_4007(ready_bot: Bot) -> None:
    session = ready_bot.discord.control("state")["sessions"][0]
    ready_bot.discord.fault(kind="drop")
    gone(ready_bot)
    ready_bot.connect()
    ready_bot.send(6, {"token": ready_bot.discord.token, "session_id": session["id"], "seq": 999})
    assert closed(ready_bot) == 4007


@pytest.mark.parametrize("ended_by", ["client", "time"])
def test_an_ended_session_cannot_be_resumed(ready_bot: Bot, ended_by: str) -> None:
    discord = ready_bot.discord
    session = discord.control("state")["sessions"][0]
    if ended_by == "client":
        ready_bot.process.tell(close=1000)
        gone(ready_bot)
        discord.control("bot", connected=0)
    else:
        discord.fault(kind="drop")
        gone(ready_bot)
        discord.change(advance_s=181)
    ready_bot.connect()
    ready_bot.send(6, {"token": discord.token, "session_id": session["id"], "seq": session["seq"]})
    assert invalid(ready_bot) is False


def test_the_compressed_stream_says_the_same(bot: Bot) -> None:
    bot.connect("v=10&encoding=json&compress=zlib-stream")
    assert bot.identify()["user"]["bot"] is True
    bot.discord.act("alice", "send_dm", text="héllo")
    assert bot.event("MESSAGE_CREATE")["content"] == "héllo"


def test_events_outside_the_intents_are_not_sent(bot: Bot) -> None:
    bot.connect()
    bot.identify(GUILDS | DIRECT_MESSAGES)
    bot.discord.act("alice", "send_dm", text="in the guild", where="ladder")
    bot.discord.act("alice", "send_dm", text="to the bot")
    assert bot.event("MESSAGE_CREATE")["content"] == "to the bot"


def test_content_in_the_guild_is_hidden_without_its_intent_unless_the_bot_is_mentioned(
    ready_bot: Bot,
) -> None:
    discord = ready_bot.discord
    discord.act("alice", "send_dm", text="hidden", where="ladder")
    assert ready_bot.event("MESSAGE_CREATE")["content"] == ""
    discord.act("alice", "send_dm", text=f"hey <@{discord.application}>", where="ladder")
    assert ready_bot.event("MESSAGE_CREATE")["content"].startswith("hey")
    discord.send(discord.public_channel, content="own")
    assert ready_bot.event("MESSAGE_CREATE")["content"] == "own"


def test_content_in_the_guild_is_shown_with_its_intent(start_discord: Callable[..., Discord]) -> None:
    discord = start_discord("--privileged")
    with raw_bot(discord) as bot:
        bot.connect()
        bot.identify(GUILDS | GUILD_MESSAGES | CONTENT)
        discord.act("alice", "send_dm", text="shown", where="ladder")
        assert bot.event("MESSAGE_CREATE")["content"] == "shown"


def test_edits_and_deletions_are_told(ready_bot: Bot) -> None:
    discord = ready_bot.discord
    sent = discord.send(discord.public_channel, content="x").json
    path = f"/channels/{discord.public_channel}/messages/{sent['id']}"
    discord.rest("PATCH", path, {"content": "y"})
    assert ready_bot.event("MESSAGE_UPDATE")["content"] == "y"
    discord.rest("DELETE", path)
    assert ready_bot.event("MESSAGE_DELETE") == {
        "id": sent["id"],
        "channel_id": discord.public_channel,
        "guild_id": discord.guild,
    }


def test_faults_of_the_gateway_come_on_request(ready_bot: Bot) -> None:
    discord = ready_bot.discord
    discord.fault(kind="reconnect")
    assert ready_bot.frame()["op"] == 7
    discord.fault(kind="deaf")
    ready_bot.send(1, None)
    assert ready_bot.process.hears_nothing(0.2)
    discord.fault(kind="invalidate")
    assert invalid(ready_bot) is False
    assert discord.control("state")["sessions"] == []


def test_members_can_be_asked_for(ready_bot: Bot) -> None:
    ready_bot.send(8, {"guild_id": ready_bot.discord.guild, "query": "ali", "limit": 5, "nonce": "n"})
    chunk = ready_bot.event("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["username"] for member in chunk["members"]] == ["alice"]
    assert (chunk["nonce"], chunk["chunk_count"]) == ("n", 1)
