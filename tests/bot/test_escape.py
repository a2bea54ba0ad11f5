"""Text of strangers does no harm, however it was made."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.escape import clip, code, foreign, parts, plain

ANY = st.text(st.characters(exclude_categories=()), max_size=200)
NASTY = st.text(st.sampled_from("@everyonhr<>#&!:/*_~`|\\[]()-+.1 \n\u202e\u200b\u0301\u3164aZ"), max_size=80)
LIMITS = st.integers(1, 60)


@given(ANY | NASTY, LIMITS)
def test_plain_text_is_one_visible_line_of_bounded_length(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert 1 <= len(shown) <= limit
    assert shown == shown.strip()
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "\n" not in shown


@given(ANY | NASTY, LIMITS)
def test_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    assert plain(plain(text, limit), limit) == plain(text, limit)


@given(ANY | NASTY)
def test_foreign_text_has_no_live_markdown_and_no_mention(text: str) -> None:
    shown = foreign(text)
    unescaped = re.sub(r"\\.", "", shown)
    assert not set(unescaped) & set("\\`*_~|<>#-+[]():.")
    assert not re.search(r"@(everyone|here)", shown, re.IGNORECASE)


@given(ANY | NASTY, LIMITS)
def test_what_is_seen_of_foreign_text_is_what_was_typed(text: str, limit: int) -> None:
    seen = re.sub(r"\\(.)", r"\1", foreign(text, limit)).replace("\uff20", "@")
    assert seen == plain(text, limit).replace("\uff20", "@")


@given(ANY | NASTY)
def test_a_code_span_cannot_be_left(text: str) -> None:
    span = code(text)
    assert span[0] == span[-1] == "`"
    assert "`" not in span[1:-1]
    assert len(span) > 2


def test_of_a_name_of_megabytes_only_the_beginning_is_read() -> None:
    assert plain("\u200b" * 10_000_000 + "Alice") == "?"
    assert plain("Alice" + "\u200b" * 10_000_000) == "Alice"


def test_names_of_living_scripts_are_left_as_they_are() -> None:
    for name in ("Alice", "홀리월드", "Ōkami", "Nguyễn", "พีระ", "Зерги", "星灵"):
        assert plain(name) == name == foreign(name)


def test_marks_do_not_pile_up_into_towers() -> None:
    assert plain("a" + "\u0301" * 40) == "a" + "\u0301" * 3


def test_text_that_cannot_be_seen_is_a_question_mark() -> None:
    assert plain("\u3164\u200b\n") == "?"


def test_links_are_not_live() -> None:
    assert foreign("https://e.vil") == r"https\://e\.vil"
    assert foreign("[free](http://e.vil)") == r"\[free\]\(http\://e\.vil\)"


@given(st.lists(st.text("ab\n", max_size=30)), st.integers(2, 40))
def test_parts_fit_and_lose_no_line_that_fits(lines: list[str], most: int) -> None:
    fitting = [line.replace("\n", "") for line in lines if len(line) <= most]
    made = list(parts(fitting, most))
    assert all(1 <= len(part) <= most for part in made)
    assert [line for part in made for line in part.split("\n") if line] == [line for line in fitting if line]


@given(ANY, LIMITS)
def test_clipped_text_says_so(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit
    assert clip(text, limit) == text or clip(text, limit).endswith("…")
