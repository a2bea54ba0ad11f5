"""Settings are right, or the program says in one sentence which one is not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from actors.rules.ids import PlayerId
from bot.config import DISCORD_API, LogShape, load
from bot.exit_codes import ConfigError

SECRET = "NzkyNzE1NDU0MTk2MDg4ODQy.X-hvzA.Ovy4MCQywSkoMRRclStW4xAYK7I"  # made up


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "DISCORD_API_URL", "DATABASE_URL", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA_DIR", "STAFF_CHANNEL", "STAFF", "LOG", "LOCALE", "METRICS"):
        monkeypatch.delenv(f"EVOLADDER_{name}", raising=False)


def test_a_token_is_all_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    config = load()
    assert config.token is not None
    assert config.token.get_secret_value() == SECRET
    assert (config.api_url, config.database_url, config.log) == (DISCORD_API, None, LogShape.AUTO)


def test_without_a_token_the_sentence_names_it() -> None:
    with pytest.raises(ConfigError, match=r"^DISCORD_TOKEN is not set: .*\.$"):
        load()
    assert load(need_token=False).token is None


def test_secrets_show_up_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ladder:hunter2@localhost/ladder")
    config = load()
    assert SECRET not in repr(config) + str(config)
    assert "hunter2" not in repr(config) + str(config)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("DISCORD_TOKEN", "two words", "one word"),
        ("DISCORD_TOKEN", "a\nb", "one word"),
        ("DISCORD_API_URL", "ftp://example.org", "http or https"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/ladder", "postgresql://"),
        ("EVOLADDER_STAFF_CHANNEL", "general", "number"),
        ("EVOLADDER_STAFF_CHANNEL", "-1", "number"),
        ("EVOLADDER_STAFF", "1, alice", "separated by commas"),
        ("EVOLADDER_LOG", "loud", "human, json or auto"),
        ("EVOLADDER_LOCALE", "xx-XX", "en-US"),
        ("EVOLADDER_METRICS", "0.0.0.0:9400", "only this machine"),
        ("EVOLADDER_METRICS", "192.168.1.7:9400", "only this machine"),
        ("EVOLADDER_METRICS", "example.org:9400", "only this machine"),
        ("EVOLADDER_METRICS", "127.0.0.2", "only this machine"),
        ("EVOLADDER_METRICS", "127.0.0.1:0", "only this machine"),
        ("EVOLADDER_METRICS", "127.0.0.1:99999", "only this machine"),
    ],
)
def test_a_malformed_value_is_one_sentence_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, right: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as wrong:
        load(need_token=False)
    sentence = str(wrong.value)
    assert sentence.startswith(f"{name} is malformed: ")
    assert right in sentence
    assert value not in sentence
    assert sentence.endswith(".")


def test_an_unknown_setting_is_refused_with_the_name_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLADDER_STAF", "1")
    with pytest.raises(
        ConfigError, match=r"^EVOLADDER_STAF is not a setting: did you mean EVOLADDER_STAFF\?$"
    ):
        load(need_token=False)


@pytest.mark.parametrize("line", ["EVOLADDER_LOGS=json", "POSTGRES_PASSWORD=x", "discord_token=x"])
def test_an_unknown_key_in_the_file_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line + "\n")
    with pytest.raises(ConfigError, match=f"^{line.partition('=')[0]} is not a setting"):
        load(need_token=False)


def test_overrides_beat_the_environment_and_the_environment_beats_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("EVOLADDER_LOG=json\nEVOLADDER_STAFF=1,2\nEVOLADDER_DATA_DIR=/file\n")
    monkeypatch.setenv("EVOLADDER_LOG", "human")
    monkeypatch.setenv("EVOLADDER_DATA_DIR", "/environment")
    config = load(need_token=False, data_dir=Path("/override"))
    assert config.staff == frozenset({PlayerId(1), PlayerId(2)})
    assert (config.log, config.data_dir) == (LogShape.HUMAN, Path("/override"))


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_API_URL", "")
    monkeypatch.setenv("EVOLADDER_STAFF", "")
    config = load(need_token=False)
    assert (config.api_url, config.staff) == (DISCORD_API, frozenset())


def test_the_end_of_the_address_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:8080/api/v10/")
    assert load(need_token=False).api_url == "http://127.0.0.1:8080/api/v10"


def test_the_variable_of_the_tests_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLADDER_SHARED", "/somewhere")
    assert load(need_token=False).token is None


def test_settings_cannot_be_changed() -> None:
    config = load(need_token=False)
    with pytest.raises(ValidationError):
        config.locale = "de"


@pytest.mark.parametrize(
    ("address", "at"),
    [("127.0.0.1:9400", ("127.0.0.1", 9400)), ("[::1]:80", ("::1", 80)), (None, None)],
)
def test_figures_are_read_from_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, address: str | None, at: tuple[str, int] | None
) -> None:
    if address is not None:
        monkeypatch.setenv("EVOLADDER_METRICS", address)
    assert load(need_token=False).metrics_at == at
