"""The catalogue: complete, alike in all languages, and honest about what it cannot say."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import FunctionReference, Message, VariableReference
from fluent.syntax.visitor import Visitor

from actors.ports import JoinRefusal
from actors.rules import profile
from actors.rules.ids import Race
from actors.rules.match import Refusal
from actors.rules.profile import Field, Rule
from actors.rules.replay import Check, Grade
from actors.rules.report import Claim
from actors.rules.screens import Meaning, Notice
from actors.rules.settings import Settings
from bot.drawing import draw
from bot.languages import LOCALES
from bot.text import SentenceError, Texts, Variable, locale_of, sources_of, texts_of
from tests.bot import cards, staff_cards
from tests.bot.worst_cards import worst

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Variables(Visitor):
    """Which variables a message uses, and which moments it shows without a function."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.functions: set[str] = set()

    def visit_VariableReference(self, node: VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)

    def visit_FunctionReference(self, node: FunctionReference) -> None:  # noqa: N802
        self.functions.add(node.id.name)
        self.generic_visit(node)


def messages(locale: str) -> Mapping[str, Variables]:
    return read(*sources_of(locale))


def read(*sources: str) -> Mapping[str, Variables]:
    found = {}
    for source in sources:
        for entry in FluentParser().parse(source).body:
            if isinstance(entry, Message):
                assert entry.id.name not in found, f"{entry.id.name} is there twice"
                found[entry.id.name] = Variables()
                found[entry.id.name].visit(entry)
    return found


class Overheard(Texts):
    """A catalogue that remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__(LOCALES[0], sources_of(LOCALES[0]))
        self.said: set[str] = set()

    def fill(self, key: str, values: Mapping[str, Variable]) -> str:
        self.said.add(key)
        return super().fill(key, values)


def texts(source: str) -> Texts:
    return Texts("en-US", (source,))


def test_an_unknown_key_is_a_bug() -> None:
    with pytest.raises(SentenceError, match="no sentence 'b'"):
        texts("a = x").say("b")


def test_a_missing_variable_is_a_bug() -> None:
    with pytest.raises(SentenceError, match="name"):
        texts("a = x { $name }").say("a")


def test_a_malformed_catalogue_is_a_bug_at_the_start() -> None:
    with pytest.raises(SentenceError, match="not Fluent"):
        texts("a =\n    **bold** at the start of a line\n")


def test_a_moment_without_a_time_zone_is_a_bug() -> None:
    with pytest.raises(SentenceError):
        texts("a = { RELATIVE($at) }").say("a", at=NOON.replace(tzinfo=None))


def test_moments_become_timestamps_in_the_readers_own_time() -> None:
    both = texts("a = { RELATIVE($at) }, { CLOCK($at) }").say("a", at=NOON)
    assert both == "<t:1795435200:R>, <t:1795435200:T>"


def test_numbers_are_written_without_grouping_and_choose_their_plural() -> None:
    counted = texts("a = Match #{ $n }, { $n ->\n  [one] one\n *[other] many\n }")
    assert counted.say("a", n=1204) == "Match #1204, many"
    assert counted.say("a", n=1) == "Match #1, one"


def test_nothing_invisible_is_put_around_variables() -> None:
    assert texts("a = <{ $name }>").say("a", name="Alice") == "<Alice>"


def test_a_language_without_a_catalogue_is_answered_in_the_first() -> None:
    assert locale_of("xx") == LOCALES[0]
    assert locale_of("en-GB") == "en-US"
    assert texts_of("xx") is texts_of("en-GB") is texts_of()


def test_every_folder_of_catalogues_is_a_language_and_the_other_way_round() -> None:
    assert sorted(entry.name for entry in files("bot").joinpath("locales").iterdir()) == sorted(LOCALES)


def differences(first: Mapping[str, Variables], other: Mapping[str, Variables]) -> set[str]:
    """Keys that one language lacks, or that use other variables in it."""
    shared = first.keys() & other.keys()
    return (first.keys() ^ other.keys()) | {key for key in shared if first[key].names != other[key].names}


def test_all_languages_have_the_same_keys_with_the_same_variables() -> None:
    first = messages(LOCALES[0])
    assert {locale: differences(first, messages(locale)) for locale in LOCALES} == {
        locale: set() for locale in LOCALES
    }


def test_a_language_that_lacks_a_sentence_or_a_variable_is_found_out() -> None:
    english = read("a = Hi { $name }\nb = Bye\nc = { $n } games")
    assert differences(english, read("a = Hallo\nb = Ade\nc = { $n } Spiele\nd = mehr")) == {"a", "d"}
    assert differences(english, read("a = Hallo { $name }\nc = { $n } Spiele")) == {"b"}


@pytest.mark.parametrize("locale", LOCALES)
def test_moments_are_never_written_bare(locale: str) -> None:
    moments = {"until", "since", "at"}
    bare = {key for key, each in messages(locale).items() if each.names & moments and not each.functions}
    assert bare == set()


def test_every_sentence_is_said_by_some_card() -> None:
    heard = Overheard()
    for screen in (*cards.usual(), *cards.seldom(), *staff_cards.usual(), *staff_cards.seldom()):
        draw(screen, heard)
        draw(worst(screen), heard)
    assert set(messages(LOCALES[0])) - heard.said == set()


@pytest.mark.parametrize("kind", [Refusal, JoinRefusal])
def test_every_refusal_has_a_title_and_says_what_to_do(kind: type[Enum]) -> None:
    missing = [member.value for member in kind if not texts_of().knows(f"notice-{member.value}")]
    missing += [member.value for member in kind if not texts_of().knows(f"notice-{member.value}-title")]
    assert missing == []


def test_every_value_that_is_shown_in_words_has_its_words() -> None:
    keys = [
        *(f"rule-{rule.value}" for rule in Rule),
        *(f"field-{field.value}" for field in Field),
        *(f"race-{race.value}" for race in Race),
        *(f"claim-{claim.value}" for claim in Claim),
        *(f"replay-now-{meaning.value}" for meaning in Meaning),
        *(f"check-{check.value}-{grade.value}" for check in Check for grade in Grade),
        *(f"check-{check.value}-{reason.value}" for check in Check for reason in cards.REASONS[check]),
    ]
    assert [key for key in keys if not texts_of().knows(key)] == []


def test_the_table_of_notices_is_true() -> None:
    source = files("bot").joinpath("locales", LOCALES[0], "notices.ftl").read_text(encoding="utf-8")
    rows = re.findall(r"^# ([a-z-]+) {2,}([a-z, -]+?) {2,}\S", source, flags=re.MULTILINE)
    listed = {key: set(variables.split(", ")) - {"-"} for key, variables in rows if key[0] not in "k-"}
    known = messages(LOCALES[0])
    said = {
        key.removeprefix("notice-"): known[key].names | known[f"{key}-title"].names
        for key in known
        if key.startswith("notice-") and not key.endswith("-title")
    }
    assert listed == said
    assert set(listed) == set(cards.KEYS)


def test_every_notice_that_the_program_gives_can_be_said() -> None:
    for where, key, given in notices_in_the_program():
        needed = texts_needed(key)
        assert needed is not None, f"{where}: no sentence for {key!r}"
        assert given is None or needed <= given, f"{where}: {key!r} needs {needed}"


def test_every_reason_why_a_replay_is_unreadable_can_be_said() -> None:
    for where, call in calls("Unreadable"):
        if call.args and isinstance(call.args[0], ast.Constant):
            key = f"upload-{call.args[0].value!s}"
            assert texts_needed(key) == set(), f"{where}: no sentence for {key!r}"


def texts_needed(key: str) -> set[str] | None:
    known = messages(LOCALES[0])
    if f"notice-{key}" not in known or f"notice-{key}-title" not in known:
        return None
    return known[f"notice-{key}"].names | known[f"notice-{key}-title"].names


def notices_in_the_program() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where, which key, and the variables given; None when they are not written out."""
    for where, call in calls(Notice.__name__):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            values = [*call.args[2:3], *(word.value for word in call.keywords if word.arg == "values")]
            yield where, first.value, _names(values)


def _names(values: list[ast.expr]) -> set[str] | None:
    if not values:
        return set()
    if not isinstance(values[0], ast.Dict):
        return None
    return {str(key.value) for key in values[0].keys if isinstance(key, ast.Constant)}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for room in ("actors", "bot", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_the_scan_of_the_program_finds_what_it_looks_for() -> None:
    assert any(key == "old-card" for _, key, _ in notices_in_the_program())


def test_the_numbers_in_the_sentences_are_those_of_the_rules() -> None:
    said = texts_of().say
    settings = Settings()
    names = f"{profile.NAME_MIN} to {profile.NAME_MAX}"
    for key in ("setup-intro-name", "hint-name", "rule-name-length", "rule-alt-length"):
        assert names in said(key)
    assert f"{profile.TAG_MIN} to {profile.TAG_MAX}" in said("rule-battletag-name")
    assert f"{profile.DIGITS_MIN} to {profile.DIGITS_MAX}" in said("rule-battletag-digits")
    assert str(profile.ALT_TOTAL) in said("rule-alt-too-long")
    assert "a minute" in said("queue-guide-body")
    assert settings.confirmation_s == 60
    assert "last seven days" in said("profile-conduct-counts", aborts=1, missed=0)
    assert settings.penalty_window_s == 7 * 86400
