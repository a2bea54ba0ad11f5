"""Laws of countries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.countries import COMMON, NAMES, find, flag, suggest

codes = st.sampled_from(sorted(NAMES))


def test_there_are_251_countries_and_50_common_ones() -> None:
    assert len(NAMES) == len(set(NAMES.values())) == 251
    assert len(COMMON) == len(set(COMMON)) == 50
    assert set(COMMON) <= set(NAMES)
    assert COMMON[-1] == "ZZ"


@given(codes)
def test_a_country_is_found_by_its_code_and_by_its_name_in_any_case(code: str) -> None:
    name = NAMES[code]
    for text in (code, code.lower(), name, name.upper(), f"  {name.lower()} "):
        assert find(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USA", "US"),
        ("u.s.a.", "US"),
        ("the United States of America", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Czech Republic", "CZ"),
        ("Holland", "NL"),
        ("turkey", "TR"),
        ("Turkiye", "TR"),
        ("Viet Nam", "VN"),
        ("Cote d'Ivoire", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("guinea bissau", "GW"),
        ("Nonrepresenting", "XX"),
        ("other", "ZZ"),
    ],
)
def test_common_spellings_are_understood(text: str, code: str) -> None:
    assert find(text) == code


@pytest.mark.parametrize("text", ["", " ", "the", "Atlantis", "K", "KOREAN", "🇰🇷", "Kor\u200bea", "\x00"])
def test_what_means_no_country_is_none(text: str) -> None:
    assert find(text) is None


@given(st.text())
def test_any_text_means_one_country_or_none(text: str) -> None:
    assert find(text) in {*NAMES, None}


@given(st.text(max_size=6), st.integers(0, 30))
def test_suggestions_are_different_countries_and_at_most_so_many(text: str, limit: int) -> None:
    found = suggest(text, limit)
    assert len(found) == len(set(found)) <= limit
    assert all(NAMES[code] == name for code, name in found)


@given(codes, st.integers(1, 40))
def test_a_country_is_suggested_while_its_name_is_typed(code: str, typed: int) -> None:
    assert (code, NAMES[code]) in suggest(NAMES[code][:typed], len(NAMES))


@given(codes)
def test_what_a_text_means_is_the_first_suggestion(code: str) -> None:
    assert suggest(code)[0] == suggest(NAMES[code])[0] == (code, NAMES[code])


def test_an_empty_text_suggests_the_common_countries() -> None:
    assert [code for code, _ in suggest("")] == list(COMMON[:25])
    assert len(suggest("", 300)) == 251


def test_the_likelier_country_is_suggested_first() -> None:
    assert [code for code, _ in suggest("united")][:3] == ["GB", "US", "AE"]
    assert suggest("kor")[0] == ("KR", "South Korea")
    assert [code for code, _ in suggest("zealand")] == ["NZ"]
    assert suggest("stan")[0] == ("KZ", "Kazakhstan")


def test_two_letters_inside_a_word_suggest_nothing() -> None:
    assert "Hungary" not in [name for _, name in suggest("ga", 300)]
    assert "Hungary" in [name for _, name in suggest("gar", 300)]


def test_a_flag_is_drawn_from_the_code() -> None:
    assert flag("KR") == "🇰🇷"
    assert flag("XX") == "🏳️"
    assert flag("ZZ") == "🌐"
    assert len({flag(code) for code in NAMES}) == 251


@pytest.mark.parametrize("code", ["QQ", "kr", "", "KOR"])
def test_an_unknown_code_has_no_flag(code: str) -> None:
    with pytest.raises(KeyError):
        flag(code)
