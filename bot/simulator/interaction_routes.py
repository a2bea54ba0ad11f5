"""Routes that answer interactions: the callback, @original and follow-ups."""

from collections.abc import Callable
from typing import Any

from bot.simulator.component_limits import check_modal, number_components
from bot.simulator.form import Form
from bot.simulator.interactions import (
    acknowledge,
    by_token,
    check_first_answer,
    follow,
    loading_message,
    message_of,
    reference_to,
)
from bot.simulator.model import (
    CallbackKind,
    Interaction,
    InteractionKind,
    Json,
    Message,
    MessageFlag,
    Modal,
    ModalField,
    walk,
)
from bot.simulator.payloads import message_json
from bot.simulator.refusals import Refused, Unimplemented, unknown
from bot.simulator.routing import Call, Route
from bot.simulator.world import World
from bot.simulator.writing import announce, delete, write_edit, write_new


def _callback(call: Call) -> Json | None:
    world, body = call.world, call.fields
    interaction = world.interactions.get(call.number("interaction"))
    if interaction is None or interaction.token != call.params["token"]:
        raise unknown("Interaction")
    kind = _kind(body)
    check_first_answer(world, interaction, kind)
    _FIRST_ANSWERS[kind](call, interaction, body.get("data") or {})
    acknowledge(world, interaction, kind)
    if call.query.get("with_response", "false").lower() in ("true", "1"):
        return _response(world, interaction, kind)
    return None


def _kind(body: Json) -> CallbackKind:
    if body.get("type") in (10, 12):
        raise Unimplemented(f"callback type {body['type']}")
    try:
        kind = CallbackKind(body.get("type", 0))
    except ValueError as error:
        detail = {"code": "BASE_TYPE_CHOICES", "message": "Value must be one of the callback types."}
        raise Refused(400, 50035, "Invalid Form Body", {"type": {"_errors": [detail]}}) from error
    if kind in (CallbackKind.MESSAGE, CallbackKind.CHOICES, CallbackKind.MODAL) and body.get("data") is None:
        detail = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
        raise Refused(400, 50035, "Invalid Form Body", {"data": {"_errors": [detail]}})
    return kind


def _say(call: Call, interaction: Interaction, given: Json) -> None:
    kind = 20 if interaction.kind is InteractionKind.COMMAND else 19 if interaction.source else 0
    interaction.original = write_new(
        call.world,
        interaction.channel,
        given,
        call.uploads,
        at=("data",),
        interaction=interaction,
        kind=kind,
        reference=reference_to(call.world, interaction.source),
    )


def _defer(call: Call, interaction: Interaction, given: Json) -> None:
    flags = given.get("flags") or 0
    if flags & ~int(MessageFlag.EPHEMERAL):
        detail = {"code": "MESSAGE_FLAGS_INVALID", "message": "A deferred answer may only set EPHEMERAL."}
        raise Refused(400, 50035, "Invalid Form Body", {"data": {"flags": {"_errors": [detail]}}})
    message = loading_message(call.world, interaction, flags)
    interaction.original = message
    call.world.add_message(message)
    announce(call.world, "MESSAGE_CREATE", message)


def _defer_update(_call: Call, _interaction: Interaction, _given: Json) -> None:
    """Nothing changes on the screen."""


def _update(call: Call, interaction: Interaction, given: Json) -> None:
    source = interaction.source
    if source is None or source.deleted:
        raise unknown("Message")
    write_edit(call.world, source, given, call.uploads, at=("data",))


def _choose(_call: Call, interaction: Interaction, given: Json) -> None:
    form = Form()
    for index, choice in enumerate(form.listed(("data", "choices"), given.get("choices"), 25)):
        form.text(("data", "choices", index, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.text(("data", "choices", index, "value"), choice["value"], 100, 1)
    form.refuse_if_bad()
    interaction.choices = given.get("choices") or []


def _open_modal(_call: Call, interaction: Interaction, given: Json) -> None:
    form = Form()
    check_modal(form, given, ("data",))
    form.refuse_if_bad()
    components = number_components(given["components"])
    interaction.modal = Modal(
        custom_id=given["custom_id"],
        title=given["title"],
        fields=tuple(
            _field(row, part) for row in components for part in walk([row]) if part["type"] in (3, 4)
        ),
        components=tuple(components),
        opened_by=interaction,
    )


def _field(row: Json, part: Json) -> ModalField:
    return ModalField(
        label=row.get("label") or part.get("label") or "",
        custom_id=part["custom_id"],
        kind=part["type"],
        value=part.get("value") or "",
        required=part.get("required", True) is not False,
        min_length=part.get("min_length") or 0,
        max_length=part.get("max_length") or 4000,
        options=tuple((option["label"], option["value"]) for option in part.get("options") or ()),
        min_values=1 if part.get("min_values") is None else part["min_values"],
        max_values=part.get("max_values") or 1,
    )


_FIRST_ANSWERS: dict[CallbackKind, Callable[[Call, Interaction, Json], None]] = {
    CallbackKind.MESSAGE: _say,
    CallbackKind.DEFERRED_MESSAGE: _defer,
    CallbackKind.DEFERRED_UPDATE: _defer_update,
    CallbackKind.UPDATE: _update,
    CallbackKind.CHOICES: _choose,
    CallbackKind.MODAL: _open_modal,
}


def _response(world: World, interaction: Interaction, kind: CallbackKind) -> Json:
    answer: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    message = interaction.original
    if message is not None:
        answer |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
    if message is None or kind not in (CallbackKind.MESSAGE, CallbackKind.UPDATE):
        return {"interaction": answer}
    return {"interaction": answer, "resource": {"type": int(kind), "message": message_json(world, message)}}


def _reached(call: Call) -> tuple[Interaction, Message]:
    interaction = by_token(call.world, call.params["application"], call.params["token"])
    return interaction, message_of(interaction, call.params["message"])


def _get(call: Call) -> Json:
    return message_json(call.world, _reached(call)[1])


def _edit(call: Call) -> Json:
    interaction, message = _reached(call)
    write_edit(call.world, message, call.fields, call.uploads)
    follow(interaction)
    return message_json(call.world, message)


def _delete(call: Call) -> None:
    interaction, message = _reached(call)
    delete(call.world, message)
    follow(interaction)


def _follow_up(call: Call) -> Any:
    """A further message; right after a deferral it completes the loading one and its flags are ignored."""
    world = call.world
    interaction = by_token(world, call.params["application"], call.params["token"])
    original = interaction.original
    if original is not None and original.loading and not original.deleted:
        write_edit(world, original, {k: v for k, v in call.fields.items() if k != "flags"}, call.uploads)
        follow(interaction)
        return message_json(world, original)
    answered = original or interaction.source
    message = write_new(
        world,
        interaction.channel,
        call.fields,
        call.uploads,
        interaction=interaction,
        kind=19 if answered else 0,
        reference=reference_to(world, answered),
    )
    interaction.followups.append(message)
    follow(interaction)
    return message_json(world, message)


ROUTES = (
    Route("POST", "/interactions/{interaction}/{token}/callback", _callback, "callback", with_token=False),
    Route("POST", "/webhooks/{application}/{token}", _follow_up, "webhook", with_token=False),
    Route("GET", "/webhooks/{application}/{token}/messages/{message}", _get, "webhook", with_token=False),
    Route("PATCH", "/webhooks/{application}/{token}/messages/{message}", _edit, "webhook", with_token=False),
    Route(
        "DELETE", "/webhooks/{application}/{token}/messages/{message}", _delete, "webhook", with_token=False
    ),
)
"""All of them."""
