"""Set-up as newcomers get it wrong: every rule is named, nothing that was typed is lost."""

import pytest

from tests.journeys.evening import Evening

pytestmark = pytest.mark.journey

WRONG: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
    (
        {"name": "Al3x!", "battletag": "NoNumber", "country": "Atlantis"},
        ("Only the letters A to Z", "It needs a name, one `#` and a number", "No country is called that"),
    ),
    (
        {"name": "Al", "battletag": "Two#12", "country": "DE"},
        ("It must have 3 to 12 letters", "must be 3 to 12 digits"),
    ),
    (
        {"name": "Xander", "battletag": "Xander#1234", "alt_names": "no/slash ab"},
        ("Each name must have 3 to 12 characters", "Only letters, digits and the signs"),
    ),
)


async def test_each_wrong_entry_names_its_rule_and_the_form_keeps_it(evening: Evening) -> None:
    xander = await evening.guest("xander")
    await xander.person.slash("setup")
    await xander.presses("Accept")
    form = await xander.presses("Begin set-up")
    typed = {field["custom_id"]: field["value"] for field in (form.modal or {})["fields"]}
    for entries, rules in WRONG:
        typed |= entries
        wrong = await xander.person.submits(entries)
        for rule in rules:
            assert rule in wrong.text, wrong.text
        form = await xander.presses("Try again")
        kept = {field["custom_id"]: field["value"] for field in (form.modal or {})["fields"]}
        assert kept == typed
    refused = await xander.person.slash("queue")
    assert "Set-up is missing" in refused.text


async def test_a_ladder_name_is_given_once(evening: Evening) -> None:
    yasmin, yann = await evening.guest("yasmin"), await evening.guest("yann")
    await yasmin.sets_up()
    await yann.person.slash("setup")
    await yann.presses("Accept")
    await yann.presses("Begin set-up")
    await yann.submits(name="yaSMIN")
    await yann.person.selects("Where do you live?", "EUW")
    await yann.presses("Confirm")
    await yann.sees("Somebody else has this name", button="Try again")


async def test_who_declines_the_terms_cannot_queue(evening: Evening) -> None:
    zoe = await evening.guest("zoe")
    await zoe.person.slash("setup")
    declined = await zoe.presses("Decline")
    assert "Terms declined" in declined.text
    refused = await zoe.person.slash("queue")
    assert "Please accept the terms first" in refused.text
