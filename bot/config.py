"""What differs between two installations of the same ladder: environment and `.env`, checked, frozen."""

import difflib
import os
import re
from collections.abc import Mapping
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from actors.rules.ids import ChannelId, PlayerId
from bot.exit_codes import ConfigError
from bot.languages import LOCALES

PREFIX = "EVOLADDER_"
DISCORD_API = "https://discord.com/api/v10"


class LogShape(Enum):
    """How log lines look."""

    HUMAN = "human"
    JSON = "json"
    AUTO = "auto"
    """`human` on a terminal, `json` elsewhere."""


def data_folder() -> Path:
    """Where the program keeps its files when nobody says otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/evoladder")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "evoladder"


class Config(BaseSettings):
    """The settings of one installation. Secrets are left out of its repr."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", case_sensitive=True, env_ignore_empty=True, populate_by_name=True
    )

    token: SecretStr | None = Field(None, alias="DISCORD_TOKEN", repr=False)
    api_url: str = Field(DISCORD_API, alias="DISCORD_API_URL", pattern=r"^https?://[^\s/]+(/\S*)?$")
    database_url: str | None = Field(None, alias="DATABASE_URL", repr=False, pattern=r"^postgresql://\S+$")
    """None: the program runs its own PostgreSQL in the data folder."""
    data_dir: Path = Field(default_factory=data_folder, alias="EVOLADDER_DATA_DIR")
    staff_channel: Annotated[ChannelId, Field(gt=0, lt=2**63)] | None = Field(
        None, alias="EVOLADDER_STAFF_CHANNEL"
    )
    """Where disputes are posted; None: nowhere."""
    staff: Annotated[frozenset[Annotated[PlayerId, Field(gt=0, lt=2**63)]], NoDecode] = Field(
        frozenset(), alias="EVOLADDER_STAFF"
    )
    """Who may rule and look into the actors, besides those that the database names."""
    log: LogShape = Field(LogShape.AUTO, alias="EVOLADDER_LOG")
    metrics: str | None = Field(None, alias="EVOLADDER_METRICS")
    """Where Prometheus may read the figures; None: nowhere."""
    locale: str = Field(LOCALES[0], alias="EVOLADDER_LOCALE")

    @field_validator("token")
    @classmethod
    def _token_is_one_word(cls, token: SecretStr | None) -> SecretStr | None:
        # It goes into an HTTP header as it is.
        if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
            raise ValueError("not one word")
        return token

    @field_validator("api_url")
    @classmethod
    def _no_slash_at_the_end(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("data_dir")
    @classmethod
    def _home_is_known(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @field_validator("staff", mode="before")
    @classmethod
    def _ids_between_commas(cls, ids: object) -> object:
        return [part.strip() for part in ids.split(",") if part.strip()] if isinstance(ids, str) else ids

    @field_validator("metrics")
    @classmethod
    def _only_this_machine_reads_figures(cls, address: str | None) -> str | None:
        if address is not None:
            _loopback(address)
        return address

    @property
    def metrics_at(self) -> tuple[str, int] | None:
        """Host and port of the figures."""
        return None if self.metrics is None else _loopback(self.metrics)

    @field_validator("locale")
    @classmethod
    def _has_a_catalogue(cls, locale: str) -> str:
        if locale not in LOCALES:
            raise ValueError("no catalogue")
        return locale


def _loopback(address: str) -> tuple[str, int]:
    """Host and port, if nobody but this machine reaches them."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (port.isdecimal() and 0 < int(port) < 2**16 and ip_address(host).is_loopback):
        raise ValueError("not a port of this machine")
    return host, int(port)


_RIGHT: Mapping[str, str] = {
    "DISCORD_TOKEN": "the bot's token, one word, from the Discord developer portal",
    "DISCORD_API_URL": f"an http or https address such as {DISCORD_API}",
    "DATABASE_URL": "an address such as postgresql://ladder@localhost/ladder",
    "EVOLADDER_DATA_DIR": "the path of a folder",
    "EVOLADDER_STAFF_CHANNEL": "the number of a Discord channel",
    "EVOLADDER_STAFF": "Discord user ids, separated by commas",
    "EVOLADDER_LOG": "human, json or auto",
    "EVOLADDER_METRICS": "an address that only this machine reaches, such as 127.0.0.1:9400",
    "EVOLADDER_LOCALE": f"one of {', '.join(LOCALES)}",
}
_ALIAS = {name: str(field.alias) for name, field in Config.model_fields.items()}
_OF_THE_TESTS = {"EVOLADDER_SHARED"}
"""Names with our prefix that the program itself does not read."""


def load(*, need_token: bool = True, env_file: Path | None = Path(".env"), **overrides: Any) -> Config:
    """The settings: `overrides` first, then the environment, then `.env`, then the defaults.

    Args:
        need_token: False for what does not speak to Discord.
        env_file: None reads the environment only.
        overrides: by the names of `Config`, such as `api_url`.

    Raises:
        ConfigError: one sentence that names the setting and says what is right.
    """
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in _RIGHT and name not in _OF_THE_TESTS:
            raise ConfigError(_unknown(name))
    try:
        config = Config(**{"_env_file": env_file, **overrides})
    except ValidationError as wrong:
        raise ConfigError(_explain(wrong.errors()[0])) from None
    if need_token and config.token is None:
        raise ConfigError(_sentence("DISCORD_TOKEN", "is not set"))
    return config


def load_for(data: Path | None, *, need_token: bool = False) -> Config:
    """The settings, with a data folder that the command line names or None; the folder is made if need be.

    Raises:
        ConfigError: one sentence.
    """
    config = load(need_token=need_token, **({} if data is None else {"data_dir": data}))
    if need_token or config.database_url is None:  # who only looks at a database elsewhere needs no folder
        usable(config.data_dir)
    return config


def usable(folder: Path) -> Path:
    """A data folder, made if it is missing.

    Raises:
        ConfigError: it cannot be made, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ConfigError(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    return folder


def _explain(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    return _unknown(name) if error["type"] == "extra_forbidden" else _sentence(name, "is malformed")


def _sentence(name: str, what: str) -> str:
    # The value is left out: it may be a secret with a typing mistake.
    alias = _ALIAS.get(name, name)
    return f"{alias} {what}: it must be {_RIGHT[alias]}."


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), _RIGHT, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(_RIGHT)}."
    return f"{name} is not a setting: {hint}"
