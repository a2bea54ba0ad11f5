"""The life of an interaction: opened by a person, answered within three seconds, followed up for minutes.

OPEN --first answer in time--> ANSWERED --deferred--> LOADING --@original or a follow-up--> DONE
  |--three seconds--> VOID (10062)             token dies after 15 minutes (50027)
"""

import secrets

from bot.simulator.model import (
    CallbackKind,
    Channel,
    ChannelKind,
    Interaction,
    InteractionKind,
    Json,
    Message,
    MessageFlag,
    User,
)
from bot.simulator.payloads import (
    channel_json,
    event_message_json,
    member_json,
    message_json,
    owners_json,
    user_json,
)
from bot.simulator.refusals import Refused, Unimplemented, unknown
from bot.simulator.world import Intent, World

TOKEN_LIFE_S = 900.0
"""How long an interaction's token lives, in seconds."""

ATTACHMENT_LIMIT = 10 * 1024 * 1024
"""Largest file a bot may send without boosts, in bytes."""


def open_interaction(
    world: World,
    kind: InteractionKind,
    name: str,
    user: User,
    channel: Channel,
    *,
    specifics: Json,
    source: Message | None = None,
    parent: Interaction | None = None,
) -> tuple[Interaction, bool]:
    """Make an interaction and send it to the bot.

    Args:
        world: where it happens.
        kind: command, component, autocomplete or modal.
        name: command name or custom id.
        user: who acts.
        channel: where they act.
        specifics: the `data` object of the event.
        source: the message whose component was used, also behind a modal.
        parent: the interaction that opened the modal.

    Returns:
        The interaction, and whether a session of the bot took it.
    """
    interaction = Interaction(
        id=world.next_id(),
        token="aW50ZXJhY3Rpb24" + secrets.token_urlsafe(60),
        kind=kind,
        name=name,
        user=user,
        channel=channel,
        sent_at=world.clock.now(),
        source=source,
        parent=parent,
    )
    world.remember(interaction)
    world.counters.interactions += 1
    event = interaction_json(world, interaction, specifics)
    return interaction, world.dispatch("INTERACTION_CREATE", event, Intent.NONE)


def interaction_json(world: World, interaction: Interaction, specifics: Json) -> Json:
    """The INTERACTION_CREATE event."""
    channel, user = interaction.channel, interaction.user
    granted = str(world.permissions(user, channel))
    event: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "data": specifics,
        "channel_id": str(channel.id),
        "channel": channel_json(world, channel) | {"permissions": granted, "name": channel.name},
        "locale": user.locale,
        "entitlements": [],
        "app_permissions": str(world.permissions(world.bot, channel)),
        "attachment_size_limit": ATTACHMENT_LIMIT,
        "authorizing_integration_owners": owners_json(world, channel),
        "context": 0 if channel.kind is ChannelKind.TEXT else 1,
    }
    if channel.kind is ChannelKind.TEXT:
        event |= {
            "guild_id": str(world.guild_id),
            "guild_locale": "en-US",
            "guild": {"id": str(world.guild_id), "locale": "en-US", "features": []},
            "member": member_json(user) | {"permissions": granted},
        }
    else:
        event["user"] = user_json(user)
    if interaction.source is not None:
        event["message"] = source_json(world, interaction.source)
    return event


def source_json(world: World, message: Message) -> Json:
    """The message that an event about one of its components carries."""
    return event_message_json(world, message) if not message.ephemeral else message_json(world, message)


def check_first_answer(world: World, interaction: Interaction, kind: CallbackKind) -> None:
    """Whether this interaction may be answered so, now.

    Raises:
        Refused: 404 10062 too late, 400 40060 a second time, 400 50035 a kind that does not fit.
    """
    if interaction.answered is not None:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    if world.clock.now() - interaction.sent_at > world.deadline_s:
        raise unknown("Interaction")
    if not _fits(interaction, kind):
        detail = {
            "code": "INTERACTION_CALLBACK_TYPE",
            "message": f"{kind.name} does not answer {interaction.kind.name}",
        }
        raise Refused(400, 50035, "Invalid Form Body", {"type": {"_errors": [detail]}})


def _fits(interaction: Interaction, kind: CallbackKind) -> bool:
    if interaction.kind is InteractionKind.AUTOCOMPLETE:
        return kind is CallbackKind.CHOICES
    if kind in (CallbackKind.CHOICES, CallbackKind.PONG):
        return False
    if kind is CallbackKind.MODAL:
        return interaction.kind is not InteractionKind.MODAL
    if kind in (CallbackKind.UPDATE, CallbackKind.DEFERRED_UPDATE):
        return interaction.source is not None
    return True


def acknowledge(world: World, interaction: Interaction, kind: CallbackKind) -> None:
    """Write down the first answer; everything that can be refused was checked before."""
    interaction.answered = kind
    interaction.answered_at = world.clock.now()
    interaction.revision = world.revision
    world.counters.ack_ms.append((interaction.answered_at - interaction.sent_at) * 1000)
    if kind in (CallbackKind.UPDATE, CallbackKind.DEFERRED_UPDATE):
        interaction.original = interaction.source
    interaction.changed.set()


def follow(interaction: Interaction) -> None:
    """Something came after the first answer: an edit or a follow-up."""
    interaction.edited = True
    interaction.changed.set()


def by_token(world: World, application_id: str, token: str) -> Interaction:
    """The interaction behind a webhook route.

    Raises:
        Refused: 404 10015 no such webhook, 401 50027 the token's fifteen minutes are over.
    """
    interaction = world.by_token.get(token)
    if interaction is None or application_id != str(world.application_id):
        raise unknown("Webhook")
    if world.clock.now() - interaction.sent_at > TOKEN_LIFE_S:
        raise Refused(401, 50027, "Invalid Webhook Token")
    if interaction.answered is None:
        raise unknown("Webhook")
    return interaction


def message_of(interaction: Interaction, message_id: str) -> Message:
    """A message reachable through an interaction's token: @original or one of its follow-ups.

    Raises:
        Refused: 404 10008.
    """
    candidates = [interaction.original, *interaction.followups]
    if message_id == "@original":
        candidates = [interaction.original]
    elif not message_id.isdigit():
        raise Unimplemented(f"webhook message {message_id}")
    for message in candidates:
        if message is not None and not message.deleted and message_id in ("@original", str(message.id)):
            return message
    raise unknown("Message")


def settled(interaction: Interaction) -> bool:
    """Whether what a deferral promised has come: an edit by token or by bot, a follow-up, a deletion.

    A deferred update promises nothing on its message, so anything new from the bot in the channel counts.
    """
    subject = interaction.original
    if interaction.edited or (subject is not None and subject.revision > interaction.revision):
        return True
    newest = next(reversed(interaction.channel.messages.values()), None)
    updating = interaction.answered is CallbackKind.DEFERRED_UPDATE
    return updating and newest is not None and newest.author.bot and newest.revision > interaction.revision


def loading_message(world: World, interaction: Interaction, flags: int) -> Message:
    """The "is thinking..." message of a deferred answer."""
    hidden = bool(flags & MessageFlag.EPHEMERAL)
    interaction.hidden = hidden
    return Message(
        id=world.next_id(),
        channel=interaction.channel,
        author=world.bot,
        type=20 if interaction.kind is InteractionKind.COMMAND else 19 if interaction.source else 0,
        flags=int(MessageFlag.LOADING) | (int(MessageFlag.EPHEMERAL) if hidden else 0),
        created_at=world.clock.now(),
        ephemeral_to=interaction.user if hidden else None,
        interaction=interaction,
        reference=reference_to(world, interaction.source),
    )


def reference_to(world: World, source: Message | None) -> Json | None:
    """The reply line above the answer to a component."""
    if source is None:
        return None
    reference: Json = {"type": 0, "message_id": str(source.id), "channel_id": str(source.channel.id)}
    if source.channel.kind is ChannelKind.TEXT:
        reference["guild_id"] = str(world.guild_id)
    return reference
