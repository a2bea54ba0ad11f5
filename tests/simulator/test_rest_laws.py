"""What the simulated Discord refuses, and how it answers, request by request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Discord

PING = {"name": "ping", "description": "Pong?"}


def button(custom_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Press", "custom_id": custom_id, **more}


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def menu(count: int = 2, **more: Any) -> dict[str, Any]:
    options = [{"label": f"Option {n}", "value": str(n)} for n in range(count)]
    return {"type": 3, "custom_id": "menu", "options": options, **more}


def embed(**more: Any) -> dict[str, Any]:
    return {"title": "T", **more}


REFUSED: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("content", {"content": "x" * 2001}, ("content",), "BASE_TYPE_MAX_LENGTH"),
    ("eleven embeds", {"embeds": [embed()] * 11}, ("embeds",), "BASE_TYPE_MAX_LENGTH"),
    ("title", {"embeds": [embed(title="x" * 257)]}, ("embeds", "0", "title"), "BASE_TYPE_MAX_LENGTH"),
    (
        "description",
        {"embeds": [embed(description="x" * 4097)]},
        ("embeds", "0", "description"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        "6000 over all",
        {"embeds": [embed(title="", description="x" * 3001), embed(title="", description="y" * 3000)]},
        ("embeds",),
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    (
        "26 fields",
        {"embeds": [embed(fields=[{"name": "n", "value": "v"}] * 26)]},
        ("embeds", "0", "fields"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        "blank field",
        {"embeds": [embed(fields=[{"name": "n", "value": "  "}])]},
        ("embeds", "0", "fields", "0", "value"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        "footer",
        {"embeds": [embed(footer={"text": "x" * 2049})]},
        ("embeds", "0", "footer", "text"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        "author",
        {"embeds": [embed(author={"name": "x" * 257})]},
        ("embeds", "0", "author", "name"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    ("fields no list", {"embeds": [embed(fields="x")]}, ("embeds", "0", "fields"), "LIST_TYPE_CONVERT"),
    (
        "missing file",
        {"embeds": [embed(image={"url": "attachment://a.png"})]},
        ("embeds", "0", "image", "url"),
        "ATTACHMENT_NOT_FOUND",
    ),
    (
        "six rows",
        {"components": [row(button(str(n))) for n in range(6)]},
        ("components",),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        "six buttons",
        {"components": [row(*[button(str(n)) for n in range(6)])]},
        ("components", "0", "components"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        "menu beside a button",
        {"components": [row(button(), menu())]},
        ("components", "0", "components"),
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        "26 options",
        {"components": [row(menu(26))]},
        ("components", "0", "components", "0", "options"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        "same custom id",
        {"components": [row(button("a"), button("a"))]},
        ("components",),
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        "no custom id",
        {"components": [row({"type": 2, "style": 1, "label": "x"})]},
        ("components", "0", "components", "0", "custom_id"),
        "BASE_TYPE_REQUIRED",
    ),
    (
        "custom id of 101",
        {"components": [row(button("x" * 101))]},
        ("components", "0", "components", "0", "custom_id"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        "label of 81",
        {"components": [row(button(label="x" * 81))]},
        ("components", "0", "components", "0", "label"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        "placeholder of 151",
        {"components": [row(menu(placeholder="x" * 151))]},
        ("components", "0", "components", "0", "placeholder"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        "more values than options",
        {"components": [row(menu(2, max_values=3))]},
        ("components", "0", "components", "0", "max_values"),
        "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE",
    ),
    (
        "link with a custom id",
        {"components": [row(button(style=5, url="https://a.example"))]},
        ("components", "0", "components", "0", "custom_id"),
        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
    ),
    ("nonce of 26", {"content": "x", "nonce": "x" * 26}, ("nonce",), "BASE_TYPE_MAX_LENGTH"),
    (
        "text part without the flag",
        {"components": [{"type": 10, "content": "x"}]},
        ("components", "0", "type"),
        "UNION_TYPE_CHOICES",
    ),
    (
        "layout with content",
        {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "x"}]},
        ("content",),
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    (
        "41 layout parts",
        {"flags": 1 << 15, "components": [{"type": 17, "components": [{"type": 10, "content": "x"}] * 40}]},
        ("components",),
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
]


@pytest.fixture(scope="module")
def shared() -> Any:
    """One simulator for all laws about limits; without limits of rate, so that they can be asked in a row."""
    with Discord() as discord:
        discord.change(bucket="message.create", requests=1000, seconds=1)
        discord.change(**{"global": 1000})
        yield discord


@pytest.mark.parametrize(
    ("body", "path", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_message_beyond_a_limit_is_refused_where_it_is_broken(
    shared: Discord, body: dict[str, Any], path: tuple[str, ...], code: str
) -> None:
    answer = shared.send(shared.public_channel, **body)
    assert (answer.status, answer.code) == (400, 50035)
    assert code in answer.faults(*path)


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000, "nonce": "x" * 25},
        {"embeds": [embed(title="", description="x" * 4096), embed(title="", description="y" * 1904)]},
        {"embeds": [embed(title="x" * 256, fields=[{"name": "n", "value": "v"}] * 25)]},
        {"components": [row(*[button(f"{r}{n}", label="x" * 80) for n in range(5)]) for r in range(5)]},
        {"components": [row(menu(25, placeholder="x" * 150, min_values=0, max_values=25))]},
        {
            "flags": 1 << 15,
            "components": [{"type": 17, "components": [{"type": 10, "content": "x" * 100}] * 39}],
        },
    ],
    ids=["content", "6000 characters", "fields", "25 buttons", "25 options", "40 layout parts"],
)
def test_a_message_at_the_limit_is_sent(shared: Discord, body: dict[str, Any]) -> None:
    answer = shared.send(shared.public_channel, **body)
    assert answer.status == 200, answer.raw


def test_an_empty_message_is_50006(shared: Discord) -> None:
    assert shared.send(shared.public_channel, content="  ").code == 50006


def test_an_unknown_field_of_a_message_is_unimplemented_not_guessed(shared: Discord) -> None:
    assert shared.send(shared.public_channel, content="x", poll={"question": {}}).status == 501
    assert any("poll" in route for route in shared.counters()["unimplemented"])


def test_every_answer_is_exactly_application_json(shared: Discord) -> None:
    assert shared.rest("GET", "/users/@me").headers["Content-Type"] == "application/json"
    assert shared.rest("GET", "/channels/1").headers["Content-Type"] == "application/json"


def test_a_wrong_token_is_401(shared: Discord) -> None:
    assert shared.rest("GET", "/users/@me", token="wrong").status == 401


def test_an_unknown_route_is_501_and_counted(shared: Discord) -> None:
    assert shared.rest("GET", "/voice/regions").status == 501
    assert any("/voice/regions" in route for route in shared.counters()["unimplemented"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", "/channels/{public}/messages/1", 404, 10008),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/users/1", 404, 10013),
        ("POST", "/webhooks/{app}/nonsense", 404, 10015),
        ("POST", "/interactions/1/nonsense/callback", 404, 10062),
    ],
)
def test_what_does_not_exist_has_its_own_code(
    shared: Discord, method: str, path: str, status: int, code: int
) -> None:
    known = path.format(public=shared.public_channel, app=shared.application)
    answer = shared.rest(method, known, {"type": 4, "data": {"content": "x"}} if method == "POST" else None)
    assert (answer.status, answer.code) == (status, code)


def test_broken_json_is_50109(shared: Discord) -> None:
    url = f"{shared.base_url}/api/v10/channels/{shared.public_channel}/messages"
    headers = {"Authorization": f"Bot {shared.token}", "Content-Type": "application/json"}
    assert shared.fetch("POST", url, b"{", headers).code == 50109


def test_the_same_enforced_nonce_gives_the_first_message_again(shared: Discord) -> None:
    first = shared.send(shared.public_channel, content="once", nonce="n1", enforce_nonce=True).json
    again = shared.send(shared.public_channel, content="twice", nonce="n1", enforce_nonce=True).json
    assert (again["id"], again["content"]) == (first["id"], "once")
    assert shared.send(shared.public_channel, content="x", nonce="n1").json["id"] != first["id"]


def test_an_edit_keeps_what_it_does_not_name(shared: Discord) -> None:
    sent = shared.send(shared.public_channel, content="before", embeds=[embed()]).json
    path = f"/channels/{shared.public_channel}/messages/{sent['id']}"
    edited = shared.rest("PATCH", path, {"content": "after"}).json
    assert (edited["content"], edited["embeds"][0]["title"]) == ("after", "T")
    assert edited["edited_timestamp"] is not None
    assert shared.rest("PATCH", path, {"content": "", "embeds": []}).code == 50006
    assert shared.rest("GET", path).json["content"] == "after"


def test_only_own_messages_can_be_edited(shared: Discord) -> None:
    said = shared.act("alice", "send_dm", text="hello")
    path = f"/channels/{said['channel_id']}/messages/{said['id']}"
    answer = shared.rest("PATCH", path, {"content": "mine"})
    assert (answer.status, answer.code) == (403, 50005)
    assert shared.rest("DELETE", path).code == 50003


def test_a_deleted_message_is_gone(shared: Discord) -> None:
    sent = shared.send(shared.public_channel, content="soon gone").json
    path = f"/channels/{shared.public_channel}/messages/{sent['id']}"
    assert shared.rest("DELETE", path).status == 204
    assert shared.rest("DELETE", path).code == 10008
    assert sent["id"] not in [
        m["id"] for m in shared.rest("GET", f"/channels/{shared.public_channel}/messages").json
    ]


def test_history_comes_newest_first_in_pages(discord: Discord) -> None:
    sent = [discord.send(discord.public_channel, content=str(n)).json["id"] for n in range(5)]
    base = f"/channels/{discord.public_channel}/messages"
    assert [m["id"] for m in discord.rest("GET", f"{base}?limit=2").json] == sent[:-3:-1]
    assert [m["id"] for m in discord.rest("GET", f"{base}?limit=2&before={sent[2]}").json] == [
        sent[1],
        sent[0],
    ]
    assert [m["id"] for m in discord.rest("GET", f"{base}?limit=2&after={sent[2]}").json] == [
        sent[4],
        sent[3],
    ]
    assert sent[2] in [m["id"] for m in discord.rest("GET", f"{base}?limit=3&around={sent[2]}").json]
    assert discord.rest("GET", f"{base}?limit=101").code == 50035


def test_closed_direct_messages_are_50007_and_no_mutual_guild_50278(discord: Discord) -> None:
    dm = discord.dm("alice")
    discord.act("alice", "close_dms")
    assert discord.send(dm, content="hello").code == 50007
    discord.act("alice", "open_dms")
    assert discord.send(dm, content="hello").status == 200
    discord.change(person="alice", in_guild=False)
    assert discord.send(dm, content="hello").code == 50278


def test_a_hidden_channel_is_50001_and_a_forbidden_one_50013(discord: Discord) -> None:
    discord.change(channel="ladder", deny=1 << 11)
    assert discord.send(discord.public_channel, content="x").code == 50013
    discord.change(channel="ladder", deny=1 << 10)
    assert discord.send(discord.public_channel, content="x").code == 50001


def test_people_without_the_role_do_not_see_the_staff_channel(discord: Discord) -> None:
    discord.send(discord.staff_channel, content="secret")
    assert discord.control("messages", person="alice", where="staff") == []
    assert discord.control("messages", person="staff", where="staff")[0]["text"] == "secret"


def test_the_sixth_message_in_five_seconds_is_429_until_they_are_over(discord: Discord) -> None:
    answers = [discord.send(discord.public_channel, content="x") for _ in range(6)]
    assert [a.status for a in answers] == [200] * 5 + [429]
    assert [a.headers["X-RateLimit-Remaining"] for a in answers] == ["4", "3", "2", "1", "0", "0"]
    for header in (
        "Via",
        "Retry-After",
        "X-RateLimit-Reset-After",
        "X-RateLimit-Reset",
        "X-RateLimit-Bucket",
    ):
        assert answers[5].headers[header]
    assert answers[5].headers["X-RateLimit-Scope"] == "user"
    assert 0 < answers[5].json["retry_after"] <= 5
    assert answers[5].json["global"] is False
    assert discord.send(discord.staff_channel, content="x").status == 200
    discord.change(advance_s=5)
    assert discord.send(discord.public_channel, content="x").status == 200


def test_the_global_limit_spares_interactions(discord: Discord) -> None:
    discord.change(**{"global": 2})
    answers = [discord.rest("GET", f"/users/{n}") for n in range(3)]
    assert [a.status for a in answers] == [404, 404, 429]
    assert (answers[2].json["global"], answers[2].headers["X-RateLimit-Global"]) == (True, "true")
    assert discord.rest("POST", "/interactions/1/x/callback", {"type": 6}).status == 404


def command(name: str, **more: Any) -> dict[str, Any]:
    return {**PING, "name": name, **more}


def option(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 3, "name": name, "description": "d", **more}


@pytest.mark.parametrize(
    "commands",
    [
        [command("Ping")],
        [command("two words")],
        [command("x" * 33)],
        [command("ping", description="")],
        [command("ping"), command("ping")],
        [command(f"ping{n}") for n in range(101)],
        [command("ping", options=[option(f"o{n}") for n in range(26)])],
        [command("ping", options=[option("a"), option("b", required=True)])],
        [command("ping", options=[option(choices=[{"name": str(n), "value": "x"} for n in range(26)])])],
    ],
    ids=[
        "upper case",
        "space",
        "33",
        "no description",
        "twice",
        "101",
        "26 options",
        "required last",
        "26 choices",
    ],
)
def test_a_command_beyond_a_limit_is_refused(shared: Discord, commands: list[dict[str, Any]]) -> None:
    assert shared.sync(*commands).code == 50035


def test_command_ids_outlive_a_restart_and_versions_follow_changes(
    start_discord: Callable[..., Discord],
) -> None:
    first, second = start_discord(), start_discord()
    here, there = first.sync(PING).json[0], second.sync(PING).json[0]
    assert here["id"] == there["id"]
    same, changed = first.sync(PING).json[0], first.sync(command("ping", description="Pong!")).json[0]
    assert same["version"] == here["version"] != changed["version"]
    assert changed["id"] == here["id"]
    listed = first.rest("GET", f"/applications/{first.application}/commands").json
    assert [c["name"] for c in listed] == ["ping"]


def test_two_hundred_commands_a_day_can_be_created(discord: Discord) -> None:
    assert discord.sync(*[command(f"a{n}") for n in range(100)]).status == 200
    assert discord.sync(*[command(f"b{n}") for n in range(100)]).status == 200
    assert discord.sync(command("c")).code == 30034
    discord.change(advance_s=86_400)
    assert discord.sync(command("c")).status == 200


def test_an_attachment_is_served_until_its_link_expires(discord: Discord) -> None:
    files = {"a.txt": b"hello"}
    sent = discord.upload("POST", f"/channels/{discord.public_channel}/messages", {"content": "x"}, files)
    attachment = sent.json["attachments"][0]
    assert (attachment["filename"], attachment["size"]) == ("a.txt", 5)
    assert discord.fetch("GET", attachment["url"]).raw == b"hello"
    assert discord.fetch("GET", attachment["url"][:-1] + "x").status == 404
    discord.fault(kind="fail", route="GET /attachments/", status=503)
    assert [discord.fetch("GET", attachment["url"]).status for _ in range(2)] == [503, 200]
    discord.change(advance_s=86_401)
    assert discord.fetch("GET", attachment["url"]).status == 404


def test_an_embed_shows_an_uploaded_picture_by_its_link(discord: Discord) -> None:
    body = {"embeds": [embed(image={"url": "attachment://a.png"})]}
    path = f"/channels/{discord.public_channel}/messages"
    sent = discord.upload("POST", path, body, {"a.png": b"png"}).json
    assert sent["embeds"][0]["image"]["url"] == sent["attachments"][0]["url"]


def test_a_file_over_ten_mebibytes_is_413(discord: Discord) -> None:
    path = f"/channels/{discord.public_channel}/messages"
    answer = discord.upload("POST", path, {}, {"a.bin": b"x" * (10 * 1024 * 1024 + 1)})
    assert (answer.status, answer.code) == (413, 40005)


def test_faults_strike_the_routes_they_name_as_often_as_asked(discord: Discord) -> None:
    discord.fault(kind="fail", route="GET /users/@me", status=502, times=1)
    discord.fault(kind="limited", route="GET /users/@me", retry_after_s=0.5, scope="shared")
    assert discord.rest("GET", "/gateway/bot").status == 200
    assert discord.rest("GET", "/users/@me").status == 502
    discord.fault(kind="clear")
    assert discord.rest("GET", "/users/@me").status == 200
    discord.fault(kind="limited", route="/users/@me", retry_after_s=0.5, scope="shared")
    struck = discord.rest("GET", "/users/@me")
    assert (struck.status, struck.json["retry_after"]) == (429, 0.5)
    assert (struck.headers["Via"] != "", struck.headers["X-RateLimit-Scope"]) == (True, "shared")


def test_a_lost_answer_was_done_all_the_same(discord: Discord) -> None:
    discord.fault(kind="lose", route="POST /channels/")
    with pytest.raises(ConnectionError):
        discord.send(discord.public_channel, content="did it arrive?")
    assert discord.control("messages", person="alice", where="ladder")[0]["text"] == "did it arrive?"


def test_a_hanging_request_does_nothing_and_the_next_one_works(discord: Discord) -> None:
    discord.fault(kind="hang", route="GET /gateway")
    with pytest.raises(TimeoutError):
        discord.fetch("GET", f"{discord.base_url}/api/v10/gateway", patience_s=0.2)
    assert discord.fetch("GET", f"{discord.base_url}/api/v10/gateway").status == 200


def test_a_slow_answer_comes_later(discord: Discord) -> None:
    discord.fault(kind="slow", route="GET /gateway", ms=300, times=-1)
    with pytest.raises(TimeoutError):
        discord.fetch("GET", f"{discord.base_url}/api/v10/gateway", patience_s=0.1)
    assert discord.fetch("GET", f"{discord.base_url}/api/v10/gateway").status == 200


def test_the_record_holds_no_token(start_discord: Callable[..., Discord], tmp_path: Any) -> None:
    discord = start_discord("--traffic", str(tmp_path / "traffic.jsonl"))
    discord.rest("GET", "/users/@me")
    discord.send(discord.public_channel, content="x")
    lines = [json.loads(line) for line in (tmp_path / "traffic.jsonl").read_text().splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/users/@me", 200),
        ("POST", f"/channels/{discord.public_channel}/messages", 200),
    ]
    assert lines[1]["json"] == {"content": "x"}
    assert discord.token not in (tmp_path / "traffic.jsonl").read_text()
