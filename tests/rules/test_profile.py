"""Laws of the set-up form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import Region
from actors.rules.player import Draft, Profile
from actors.rules.profile import Field, Problem, Rule, check, check_form

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
names = st.text(LETTERS, min_size=3, max_size=12)
tag_names = st.text(LETTERS + "éß라데온王Ж9", min_size=2, max_size=12)
tag_digits = st.text("0123456789", min_size=3, max_size=12)
spaces = st.sampled_from(["", " ", "\t", "\u3000", " \n "])
CONTROLS = [
    "\x00",
    "\x1b",
    "\x7f",
    "\u200b",
    "\u200d",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u2060",
    "\ufeff",
    "\u00ad",
]
BLANKS = ["\u3164", "\u115f", "\uffa0", "\u034f", "\ufe0f", "\U000e0041", "\U000e0100", "\ue000", "\u180e"]
hidden = st.sampled_from(CONTROLS + BLANKS)


def draft(
    name: str = "Alice", battletag: str = "Alice#1234", alt_names: str = "", country: str = "KR"
) -> Draft:
    return Draft(name=name, battletag=battletag, alt_names=alt_names, country=country, region=Region.KRJ)


def broken(entry: Draft) -> list[Rule]:
    return [problem.rule for problem in check_form(entry)]


@given(names, st.tuples(tag_names, tag_digits), st.sampled_from(["KR", "usa", " Germany "]), spaces)
def test_a_valid_form_becomes_a_profile_without_stray_spaces(
    name: str, tag: tuple[str, str], country: str, space: str
) -> None:
    battletag = "#".join(tag)
    entry = draft(f"{space}{name}{space}", f"{space}{battletag}{space}", space, country)
    code = {"KR": "KR", "usa": "US", " Germany ": "DE"}[country]
    assert check(entry) == Profile(name=name, battletag=battletag, country=code, region=Region.KRJ)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=60), st.text(max_size=10))
def test_any_text_is_a_profile_or_a_list_of_problems(name: str, tag: str, alts: str, country: str) -> None:
    result = check(draft(name, tag, alts, country))
    if isinstance(result, Profile):
        assert check_form(draft(name, tag, alts, country)) == ()
        again = check(draft(result.name, result.battletag, " ".join(result.alt_names), result.country))
        assert again == result
    else:
        assert result == check_form(draft(name, tag, alts, country)) != ()


@given(hidden, st.integers(0, 5))
def test_nothing_hidden_enters_a_profile(sign: str, place: int) -> None:
    def hide(text: str) -> str:
        return text[: 1 + place % (len(text) - 1)] + sign + text[1 + place % (len(text) - 1) :]

    assert Rule.NAME_LETTERS in broken(draft(name=hide("Alice")))
    assert Rule.BATTLETAG_NAME in broken(draft(battletag=f"{hide('Alice')}#1234"))
    assert Rule.BATTLETAG_DIGITS in broken(draft(battletag=f"Alice#{hide('1234')}"))
    assert Rule.ALT_CHARACTERS in broken(draft(alt_names=hide("Alicia")))


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("Al", [Rule.NAME_LENGTH]),
        ("Ali", []),
        ("AliceAliceAl", []),
        ("AliceAliceAli", [Rule.NAME_LENGTH]),
        ("", [Rule.NAME_LENGTH]),
        ("Alice1", [Rule.NAME_LETTERS]),
        ("Al ice", [Rule.NAME_LETTERS]),
        ("Алиса", [Rule.NAME_LETTERS]),
        ("é", [Rule.NAME_LENGTH, Rule.NAME_LETTERS]),
    ],
)
def test_a_ladder_name_is_three_to_twelve_plain_letters(name: str, rules: list[Rule]) -> None:
    assert broken(draft(name=name)) == rules


@pytest.mark.parametrize(
    ("battletag", "rules"),
    [
        ("A1#123", []),
        ("라데온#12345", []),
        ("Alice#123456789012", []),
        ("Alice # 1234", []),
        ("Alice＃1234", []),
        ("Alice", [Rule.BATTLETAG_FORM]),
        ("Alice#1#2", [Rule.BATTLETAG_FORM]),
        ("", [Rule.BATTLETAG_FORM]),
        ("A#1234", [Rule.BATTLETAG_NAME]),
        ("#1234", [Rule.BATTLETAG_NAME]),
        ("AliceAliceAli#1234", [Rule.BATTLETAG_NAME]),
        ("Al-ice#1234", [Rule.BATTLETAG_NAME]),
        ("\u0301Alice#1234", [Rule.BATTLETAG_NAME]),
        ("Alice#12", [Rule.BATTLETAG_DIGITS]),
        ("Alice#1234567890123", [Rule.BATTLETAG_DIGITS]),
        ("Alice#１２３", [Rule.BATTLETAG_DIGITS]),
        ("A#1", [Rule.BATTLETAG_NAME, Rule.BATTLETAG_DIGITS]),
    ],
)
def test_a_battletag_is_a_name_one_sign_and_digits(battletag: str, rules: list[Rule]) -> None:
    assert broken(draft(battletag=battletag)) == rules


@pytest.mark.parametrize(
    ("alt_names", "rules"),
    [
        ("", []),
        ("Alicia  라데온 a.b-c_1", []),
        ("Al", [Rule.ALT_LENGTH]),
        ("AliceAliceAli", [Rule.ALT_LENGTH]),
        ("Alicia,Alina", [Rule.ALT_CHARACTERS]),
        ("ALICE", [Rule.NAMES_DIFFER]),
        ("Alicia alicia", [Rule.NAMES_DIFFER]),
        ("A!", [Rule.ALT_LENGTH, Rule.ALT_CHARACTERS]),
        (" ".join(f"name{number:08}" for number in range(8)), [Rule.ALT_TOO_LONG]),
        (" ".join(f"name{number:07}" for number in range(8)), []),
    ],
)
def test_alternative_names_are_all_different_and_of_a_bounded_length(
    alt_names: str, rules: list[Rule]
) -> None:
    assert broken(draft(alt_names=alt_names)) == rules


def test_alternative_names_become_a_list() -> None:
    result = check(draft(alt_names="  Alicia \n Alina"))
    assert isinstance(result, Profile)
    assert result.alt_names == ("Alicia", "Alina")


def test_accents_are_stored_composed_however_they_were_typed() -> None:
    result = check(draft(battletag=unicodedata.normalize("NFD", "Zoé라") + "#1234"))
    assert isinstance(result, Profile)
    assert result.battletag == "Zoé라#1234"


def test_all_problems_are_told_at_once_in_the_order_of_the_form() -> None:
    entry = Draft(name="A1", battletag=" Bob ", alt_names="x", country=" Atlantis ")
    assert check(entry) == (
        Problem(Field.NAME, Rule.NAME_LENGTH, "A1"),
        Problem(Field.NAME, Rule.NAME_LETTERS, "A1"),
        Problem(Field.BATTLETAG, Rule.BATTLETAG_FORM, "Bob"),
        Problem(Field.ALT_NAMES, Rule.ALT_LENGTH, "x"),
        Problem(Field.COUNTRY, Rule.COUNTRY_UNKNOWN, "Atlantis"),
        Problem(Field.REGION, Rule.REGION_MISSING, ""),
    )


def test_a_missing_region_is_no_problem_of_the_typed_entries() -> None:
    entry = Draft(name="Alice", battletag="Alice#1234", country="KR")
    assert check_form(entry) == ()
    assert check(entry) == (Problem(Field.REGION, Rule.REGION_MISSING, ""),)
