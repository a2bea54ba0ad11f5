"""A card outlives the interaction that made it."""

import pytest

from actors.ports import Gone, Place, Priority
from actors.rules.ids import MessageId
from actors.rules.screens import Notice
from bot.errors import discord_faults
from tests.bot.post_laws import title
from tests.bot.test_gateway import CARD, _alice, connected
from tests.bot.test_post import refusal

TOKEN_S = 15 * 60
"""How long Discord honours the token of an interaction."""


async def test_a_card_is_brought_up_to_date_long_after_its_interactions_token_ran_out() -> None:
    async with connected(queue=CARD) as bot:
        shown = await bot.alice.slash("queue")
        assert shown.message is not None
        channel = await bot.post.open_dm(await _alice(bot))
        await bot.remote.change(advance_s=TOKEN_S + 1)
        place = Place(channel, MessageId(int(shown.message["id"])))
        await bot.post.edit(place, Notice("old-card"), Priority.QUEUE)
        (message,) = await bot.alice.messages()
        assert message["embeds"][0]["title"] == title(Notice("old-card"))


@pytest.mark.parametrize(("code", "deleted"), [(10008, True), (10003, False), (50005, False), (50007, False)])
def test_only_a_message_that_discord_does_not_know_was_deleted(code: int, deleted: bool) -> None:
    with pytest.raises(Gone) as gone, discord_faults():
        raise refusal(404, code)
    assert gone.value.deleted is deleted
