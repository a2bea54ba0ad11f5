"""The life of an interaction: answered once, in time, in the right way; and what the person sees of it."""

from concurrent.futures import Future
from typing import Any

import pytest

from tests.simulator.conftest import Answer, Bot, Discord

PING = {"name": "ping", "description": "Pong?"}
PICK = {
    "name": "pick",
    "description": "Pick",
    "options": [{"type": 3, "name": "race", "description": "Race", "autocomplete": True, "required": True}],
}
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
CARD = {"content": "card", "components": [{"type": 1, "components": [BUTTON]}]}
FORM: dict[str, Any] = {
    "title": "Form",
    "custom_id": "form",
    "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "name", "label": "Name", "style": 1}]}
    ],
}


class Stage:
    """Alice at her client, and a bot that answers by hand."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.discord: Discord = bot.discord
        self.discord.sync(PING, PICK)

    def acts(self, action: str, **wish: Any) -> tuple[Future[Any], Any]:
        future = self.discord.soon("alice", action, **wish)
        return future, self.bot.event("INTERACTION_CREATE")

    def pings(self, **wish: Any) -> tuple[Future[Any], Any]:
        return self.acts("slash", command="ping", **wish)

    def answer(self, event: Any, kind: int, given: Any = None, query: str = "") -> Answer:
        body = {"type": kind} | ({"data": given} if given is not None else {})
        path = f"/interactions/{event['id']}/{event['token']}/callback{query}"
        return self.discord.rest("POST", path, body)

    def original(self, event: Any, method: str, body: Any = None) -> Answer:
        path = f"/webhooks/{self.discord.application}/{event['token']}/messages/@original"
        return self.discord.rest(method, path, body)

    def follow_up(self, event: Any, **body: Any) -> Answer:
        return self.discord.rest("POST", f"/webhooks/{self.discord.application}/{event['token']}", body)

    def card(self, **flags: Any) -> Any:
        """A card with a button, as the answer to a command."""
        future, event = self.pings()
        assert self.answer(event, 4, {**CARD, **flags}).status == 204
        return future.result()["message"]


@pytest.fixture
def stage(ready_bot: Bot) -> Stage:
    return Stage(ready_bot)


def test_an_answer_in_time_is_what_the_person_sees(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.answer(event, 4, {"content": "pong"}).status == 204
    shown = future.result()
    assert (shown["text"], shown["late"], shown["deferred"], shown["failure"]) == ("pong", False, False, None)
    assert shown["acknowledged_ms"] < 3000
    assert stage.bot.event("MESSAGE_CREATE")["interaction_metadata"]["id"] == event["id"]


def test_the_event_holds_what_clients_rely_on(stage: Stage) -> None:
    future, event = stage.pings()
    assert {"locale", "channel", "entitlements", "attachment_size_limit", "app_permissions"} <= set(event)
    assert event["context"] == 1
    assert event["user"]["username"] == "alice"
    stage.answer(event, 4, {"content": "pong"})
    future.result()
    future, event = stage.pings(where="ladder")
    assert (event["context"], event["guild_id"]) == (0, stage.discord.guild)
    assert event["member"]["user"]["username"] == "alice"
    stage.answer(event, 4, {"content": "pong"})
    future.result()


def test_a_second_answer_is_40060(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.answer(event, 4, {"content": "pong"}).status == 204
    second = stage.answer(event, 4, {"content": "pong"})
    assert (second.status, second.code) == (400, 40060)
    assert future.result()["text"] == "pong"


def test_a_refused_answer_does_not_use_the_interaction_up(stage: Stage) -> None:
    future, event = stage.pings()
    refused = stage.answer(event, 4, {"content": "x" * 2001})
    assert refused.faults("data", "content") == ["BASE_TYPE_MAX_LENGTH"]
    assert stage.answer(event, 4, {}).code == 50006
    assert stage.answer(event, 4, {"content": "pong"}).status == 204
    assert future.result()["text"] == "pong"


def test_after_three_seconds_the_answer_is_10062_and_the_person_saw_a_failure(stage: Stage) -> None:
    stage.discord.change(deadline_s=0.2)
    future, event = stage.pings()
    shown = future.result()
    assert (shown["late"], shown["failure"]) == (True, "The application did not respond")
    late = stage.answer(event, 4, {"content": "pong"})
    assert (late.status, late.code) == (404, 10062)
    assert stage.discord.counters()["interactions"]["late"] == 1


def test_without_a_bot_the_application_does_not_respond(discord: Discord) -> None:
    discord.sync(PING)
    shown = discord.act("alice", "slash", command="ping")
    assert (shown["late"], shown["failure"]) == (True, "The application did not respond")


def test_a_button_on_a_card_of_an_absent_bot_fails(stage: Stage) -> None:
    stage.card()
    stage.bot.process.tell(close=1000)
    stage.discord.control("bot", connected=0)
    assert stage.discord.act("alice", "press", button="Go")["failure"] == "This interaction failed"


@pytest.mark.parametrize("kind", [6, 7, 8, 1])
def test_a_command_cannot_be_answered_with_an_update_choices_or_a_pong(stage: Stage, kind: int) -> None:
    future, event = stage.pings()
    assert stage.answer(event, kind, {"content": "x", "choices": []}).faults("type")
    stage.answer(event, 4, {"content": "pong"})
    future.result()


def test_a_form_cannot_answer_a_form(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.answer(event, 9, FORM).status == 204
    assert future.result()["modal"]["fields"][0]["label"] == "Name"
    future, event = stage.acts("submit", entries={"Name": "Alice"})
    assert event["data"]["components"][0]["components"][0]["value"] == "Alice"
    assert stage.answer(event, 9, FORM).faults("type")
    assert stage.answer(event, 4, {"content": "hi"}).status == 204
    assert future.result()["text"] == "hi"


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"title": "x" * 46}, ("title",)),
        ({"custom_id": "x" * 101}, ("custom_id",)),
        ({"components": FORM["components"] * 6}, ("components",)),
        ({"components": []}, ("components",)),
    ],
)
def test_a_form_beyond_a_limit_is_refused(
    stage: Stage, broken: dict[str, Any], path: tuple[str, ...]
) -> None:
    future, event = stage.pings()
    answer = stage.answer(event, 9, {**FORM, **broken})
    assert answer.code == 50035
    assert answer.faults("data", *path)
    stage.answer(event, 9, FORM)
    future.result()


def test_suggestions_answer_typing(stage: Stage) -> None:
    future, event = stage.acts("autocomplete", command="pick", option="race", text="ze")
    assert event["data"]["options"][0] == {"type": 3, "name": "race", "value": "ze", "focused": True}
    assert stage.answer(event, 4, {"content": "x"}).faults("type")
    too_many = [{"name": str(n), "value": "x"} for n in range(26)]
    assert stage.answer(event, 8, {"choices": too_many}).faults("data", "choices")
    assert stage.answer(event, 8, {"choices": [{"name": "Zerg", "value": "z"}]}).status == 204
    assert future.result()["choices"] == [["Zerg", "z"]]


def test_the_original_is_404_before_the_first_answer(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.original(event, "GET").status == 404
    stage.answer(event, 4, {"content": "pong"})
    future.result()
    assert stage.original(event, "GET").json["content"] == "pong"


def test_a_deferred_answer_loads_until_the_original_is_edited(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.answer(event, 5).status == 204
    assert stage.original(event, "GET").json["flags"] == 128
    assert stage.original(event, "PATCH", {"content": "done"}).json["flags"] == 0
    shown = future.result()
    assert (shown["deferred"], shown["text"], shown["message"]["loading"]) == (True, "done", False)


def test_the_first_follow_up_completes_the_loading_message_and_its_flags_are_ignored(stage: Stage) -> None:
    future, event = stage.pings()
    stage.answer(event, 5)
    completed = stage.follow_up(event, content="done", flags=64).json
    assert (completed["flags"], completed["id"]) == (0, stage.original(event, "GET").json["id"])
    assert future.result()["ephemeral"] is False
    second = stage.follow_up(event, content="psst", flags=64).json
    assert second["flags"] == 64
    assert second["id"] != completed["id"]


def test_a_deferral_may_only_set_the_ephemeral_flag_and_it_stays(stage: Stage) -> None:
    future, event = stage.pings()
    assert stage.answer(event, 5, {"flags": 4}).faults("data", "flags")
    assert stage.answer(event, 5, {"flags": 64}).status == 204
    assert stage.original(event, "PATCH", {"content": "done", "flags": 0}).json["flags"] == 64
    assert future.result()["ephemeral"] is True


def test_an_ephemeral_answer_is_seen_by_its_invoker_only(stage: Stage) -> None:
    future, event = stage.pings(where="ladder")
    stage.answer(event, 4, {"content": "psst", "flags": 64})
    message = future.result()["message"]
    ladder = f"/channels/{stage.discord.public_channel}/messages"
    assert stage.discord.control("messages", person="alice", where="ladder")[0]["text"] == "psst"
    assert stage.discord.control("messages", person="bob", where="ladder") == []
    assert stage.discord.rest("GET", ladder).json == []
    assert stage.discord.rest("PATCH", f"{ladder}/{message['id']}", {"content": "x"}).code == 10008
    assert stage.original(event, "PATCH", {"content": "pssst"}).json["content"] == "pssst"


def test_a_button_updates_its_card_in_place(stage: Stage) -> None:
    card = stage.card()
    future, event = stage.acts("press", button="Go")
    assert (event["data"]["custom_id"], event["message"]["id"]) == ("go", card["id"])
    assert stage.answer(event, 7, {"content": "gone", "components": []}).status == 204
    shown = future.result()
    assert (shown["message"]["id"], shown["text"], shown["message"]["buttons"]) == (card["id"], "gone", [])


def test_a_deferred_update_is_over_when_the_card_changes_by_any_hand(stage: Stage) -> None:
    card = stage.card()
    future, event = stage.acts("press", button="Go")
    assert stage.answer(event, 6).status == 204
    path = f"/channels/{card['channel_id']}/messages/{card['id']}"
    assert stage.discord.rest("PATCH", path, {"content": "by the bot"}).status == 200
    shown = future.result()
    assert (shown["deferred"], shown["text"].splitlines()[0]) == (True, "by the bot")


def test_a_deferred_update_is_over_when_the_bot_writes_something_new(stage: Stage) -> None:
    card = stage.card()
    future, event = stage.acts("press", button="Go", settle_s=60)
    assert stage.answer(event, 6).status == 204
    stage.discord.send(card["channel_id"], content="new")
    assert future.result()["message"]["id"] == card["id"]


def test_the_token_dies_after_fifteen_minutes(stage: Stage) -> None:
    future, event = stage.pings()
    stage.answer(event, 4, {"content": "pong"})
    future.result()
    stage.discord.change(advance_s=899)
    assert stage.original(event, "PATCH", {"content": "still"}).status == 200
    stage.discord.change(advance_s=2)
    dead = stage.original(event, "PATCH", {"content": "dead"})
    assert (dead.status, dead.code) == (401, 50027)


def test_the_response_can_be_asked_for(stage: Stage) -> None:
    future, event = stage.pings()
    answer = stage.answer(event, 4, {"content": "pong"}, "?with_response=true")
    assert answer.status == 200
    message = answer.json["resource"]["message"]
    assert (
        answer.json["interaction"]["response_message_id"] == message["id"] == future.result()["message"]["id"]
    )


def test_nobody_can_press_what_is_not_there_or_disabled(stage: Stage) -> None:
    disabled = {"components": [{"type": 1, "components": [{**BUTTON, "disabled": True}]}]}
    card = stage.card(**disabled)
    for wish in ({"button": "Stop"}, {"button": "Go", "message": card["id"]}):
        with pytest.raises(AssertionError, match="SetupError"):
            stage.discord.act("alice", "press", **wish)


@pytest.mark.parametrize(
    "wish",
    [
        {"command": "unknown"},
        {"command": "pick"},
        {"command": "pick", "options": {"race": 7}},
        {"command": "ping", "options": {"stray": "x"}},
    ],
    ids=["unsynced", "missing option", "wrong type", "stray option"],
)
def test_nobody_can_enter_what_the_client_does_not_offer(stage: Stage, wish: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="SetupError"):
        stage.discord.act("alice", "slash", **wish)


def test_a_command_for_administrators_is_offered_to_staff_only(stage: Stage) -> None:
    stage.discord.sync({**PING, "default_member_permissions": "8"})
    with pytest.raises(AssertionError, match="not offered"):
        stage.discord.act("alice", "slash", command="ping", where="ladder")
    future = stage.discord.soon("staff", "slash", command="ping", where="ladder")
    stage.answer(stage.bot.event("INTERACTION_CREATE"), 4, {"content": "pong"})
    assert future.result()["text"] == "pong"


def test_a_command_for_the_guild_is_not_offered_in_direct_messages(stage: Stage) -> None:
    stage.discord.sync({**PING, "contexts": [0]})
    with pytest.raises(AssertionError, match="not offered"):
        stage.discord.act("alice", "slash", command="ping")


def test_people_choose_in_menus_by_label(stage: Stage) -> None:
    options = [{"label": "Zerg", "value": "z"}, {"label": "Terran", "value": "t"}]
    menu = {"type": 3, "custom_id": "race", "placeholder": "Race", "options": options}
    stage.card(components=[{"type": 1, "components": [menu]}])
    future, event = stage.acts("select", menu="Race", values=["Terran"])
    assert (event["data"]["values"], event["data"]["component_type"]) == (["t"], 3)
    stage.answer(event, 6)
    stage.follow_up(event, content="Terran it is", flags=64)
    assert future.result()["text"] == "Terran it is"
    with pytest.raises(AssertionError, match="none of"):
        stage.discord.act("alice", "select", menu="Race", values=["Protoss"])
    with pytest.raises(AssertionError, match="takes 1 to 1"):
        stage.discord.act("alice", "select", menu="Race", values=["Terran", "Zerg"])
