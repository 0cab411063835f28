"""The settings: the one list of environment names, and the only reader and writer of the environment."""

import getpass
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from platformdirs import user_data_path

from director_dagster.errors import BadInput

_ENVIRON = os.environ  # noqa: TID251 - the one place that the ban sends everybody else to


VAULT = "vault"
LOOPBACK, LIBRARY_PORT = "127.0.0.1", 3001
QUEUE_A_DAY, QUEUE_HOUR = 3, 6
MOST_USD = 1_000_000_000


class Env(StrEnum):
    """Every environment variable that a user may set."""

    HOME = "DIRECTOR_HOME"
    DATABASE_URL = "DIRECTOR_DATABASE_URL"
    COPIES = "DIRECTOR_COPIES"
    MIN_COPIES = "DIRECTOR_MIN_COPIES"
    REPAIR_USD = "DIRECTOR_REPAIR_USD"
    QUEUE_A_DAY = "DIRECTOR_QUEUE_A_DAY"
    QUEUE_USD = "DIRECTOR_QUEUE_USD"
    QUEUE_HOUR = "DIRECTOR_QUEUE_HOUR"
    LIBRARY_URL = "DIRECTOR_LIBRARY_URL"


class DagsterEnv(StrEnum):
    """What Dagster reads; set by us for our own processes, never asked of a user."""

    HOME = "DAGSTER_HOME"
    WAIT_FOR_CODE = "DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR"
    """Set, a backfill waits while the code server is away; else the daemon takes its assets for removed, fails it and
    cancels its runs (Dagster 1.13.27, `asset_backfill.py`)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where this studio keeps its things.

    Attributes:
        home: Absolute; all that is kept lies under it.
        database_url: As ``postgresql://…``, or None for the embedded server; it holds a password, so it has no repr.
        copies: Further stores of the vault's bytes: folders, or buckets as ``s3://bucket/prefix``.
        min_copies: In how many stores each blob is to lie, the vault counted.
        repair_usd: What a run that brings back what a film has lost may spend without anybody being asked, in dollars.
        queue_a_day: How many requests a day takes from the queue.
        queue_usd: What those may spend on a day, in dollars.
        queue_hour: From which hour on they are taken, in UTC.
        library_url: Where people find the library, as somebody said; see `library`.
        accounts: What is set for each provider: ``key``, ``secret``, ``url``, by the provider's name.
    """

    home: Path
    database_url: str | None = field(default=None, repr=False)
    copies: tuple[str, ...] = ()
    min_copies: int = 1
    repair_usd: float = 0.0
    queue_a_day: int = QUEUE_A_DAY
    queue_usd: float = 0.0
    queue_hour: int = QUEUE_HOUR
    library_url: str | None = None
    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings that `environ` (the process's own when None) asks for; an empty value is an absent one.

        Raises BadInput, without repeating a password, for a home or a URL that cannot be used.
        """
        values = _ENVIRON if environ is None else environ
        home, url = values.get(Env.HOME), values.get(Env.DATABASE_URL)
        at = _home(home) if home else _default_home()
        copies = _copies(values.get(Env.COPIES, ""), vault=at / VAULT)
        return cls(
            home=at,
            database_url=plain_url(url) if url else None,
            copies=copies,
            min_copies=_min_copies(values.get(Env.MIN_COPIES), stores=1 + len(copies)),
            repair_usd=_dollars(values, Env.REPAIR_USD),
            queue_a_day=_whole(values, Env.QUEUE_A_DAY, QUEUE_A_DAY, most=1000),
            queue_usd=_dollars(values, Env.QUEUE_USD),
            queue_hour=_whole(values, Env.QUEUE_HOUR, QUEUE_HOUR, most=23),
            library_url=_page(values.get(Env.LIBRARY_URL)),
            accounts=_accounts(values),
        )

    @property
    def library(self) -> str | None:
        """Where people find the library, as far as anybody knows: where somebody said; else, with a database of this
        home's own, where `director up` served it last or would; None elsewhere."""
        if self.library_url is not None or self.database_url is not None:
            return self.library_url
        told = self.served.read_text(encoding="utf-8").splitlines() if self.served.exists() else []
        return told[1] if len(told) > 1 else f"http://{LOOPBACK}:{LIBRARY_PORT}"

    @property
    def served(self) -> Path:
        """The file that `director up` holds: a line with the address of Dagster's page, and one with the library's."""
        return self.home / "up"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own folder: its copy of `dagster.yaml`, its logs."""
        return self.home / "dagster"

    @property
    def vault(self) -> Path:
        """The folder of the blobs."""
        return self.home / VAULT

    @property
    def logs(self) -> Path:
        """Where the servers of `director up` write what they say."""
        return self.home / "logs"

    @property
    def postgres(self) -> Path:
        """The folder of the embedded server."""
        return self.home / "postgres"

    def variables(self) -> dict[str, str]:
        """What a process needs in its environment to work in this home, as Dagster or as a child of ours."""
        named = {Env.DATABASE_URL.value: self.database_url, Env.LIBRARY_URL.value: self.library_url}
        copies = {Env.COPIES.value: " ".join(self.copies), Env.MIN_COPIES.value: str(self.min_copies)}
        numbers = {
            Env.REPAIR_USD: (self.repair_usd, 0),
            Env.QUEUE_A_DAY: (self.queue_a_day, QUEUE_A_DAY),
            Env.QUEUE_USD: (self.queue_usd, 0),
            Env.QUEUE_HOUR: (self.queue_hour, QUEUE_HOUR),
        }
        return {
            Env.HOME.value: str(self.home),
            DagsterEnv.HOME.value: str(self.dagster_home),
            DagsterEnv.WAIT_FOR_CODE.value: "1",
            **{name: value for name, value in named.items() if value is not None},
            **(copies if self.copies else {}),
            **{name.value: str(value) for name, (value, unless) in numbers.items() if value != unless},
        }


def export(variables: Mapping[str, str]) -> None:
    """Set `variables` in this process's environment: for what Dagster reads there, and for child processes."""
    _ENVIRON.update(variables)


def has_desktop() -> bool:
    """Whether a browser window could open here; on a terminal alone, a browser would take the terminal."""
    return sys.platform == "darwin" or any(_ENVIRON.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def user() -> str:
    """The system's name of whoever runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody without a name"


def plain_url(url: str) -> str:
    """`url` as ``postgresql://…``, which libpq, psql and psycopg read; raises BadInput when it is no Postgres URL."""
    return _with_scheme(url, "postgresql")


def dagster_url(url: str) -> str:
    """`url` for dagster-postgres, which speaks psycopg2 only while SQLAlchemy 2.1's default is psycopg 3."""
    return _with_scheme(url, "postgresql+psycopg2")


_ACCOUNT = re.compile(r"DIRECTOR_([A-Z][A-Z0-9]*)_(KEY|SECRET|URL)")
"""What is set for a provider, ours or anybody's. Not the names that providers' own tools read: whoever has one of those
set has not yet said that this studio may spend by it."""


def _accounts(values: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    accounts: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        found = _ACCOUNT.fullmatch(name)
        if found and value and name not in set(Env):
            accounts.setdefault(found[1].lower(), {})[found[2].lower()] = value
    return accounts


_SCHEME = re.compile(r"postgres(ql)?(\+psycopg2?)?(?=://)")


def _with_scheme(url: str, scheme: str) -> str:
    found = _SCHEME.match(url)
    if found is None or not _names_a_database(url):
        raise BadInput(
            f"{Env.DATABASE_URL} cannot be read: write postgresql://user:password@host:5432/database, "
            "with %-escapes for any of :/?#[]@ in the password"
        )
    return scheme + url[found.end() :]


def _names_a_database(url: str) -> bool:
    # An unescaped "#" or "/" in the password shows as a fragment or as a port that is no number.
    try:
        parts = urlsplit(url)
        return (parts.port is None or parts.port > 0) and not parts.fragment and len(parts.path) > 1
    except ValueError:
        return False


def _copies(text: str, *, vault: Path) -> tuple[str, ...]:
    """The stores that are named. Raises BadInput for a folder that is the vault itself, by whatever way, or in it, or
    around it, and for one that is named twice: what lies there once is no copy."""
    found: dict[str, str] = {}
    for said in text.split():
        folder = Path(said.removeprefix("file://"))
        real = str(folder.resolve()) if folder.is_absolute() else said.rstrip("/")
        if folder.is_absolute() and not _apart(Path(real), vault.resolve()):
            raise BadInput(f"{Env.COPIES}: {said} and the vault, {vault}, lie in one another: no copy would be one")
        if real in found:
            raise BadInput(f"{Env.COPIES}: {said} is the same store as {found[real]}: name each once")
        found[real] = said
    return tuple(found.values())


def _apart(one: Path, other: Path) -> bool:
    return not (one.is_relative_to(other) or other.is_relative_to(one))


def _min_copies(text: str | None, *, stores: int) -> int:
    """As many as there are stores, unless fewer are enough."""
    if not text:
        return stores
    if not text.isdecimal() or not 1 <= int(text) <= stores:
        raise BadInput(f"{Env.MIN_COPIES}: {text!r} copies cannot be had of {stores} stores, the vault counted")
    return int(text)


def _dollars(values: Mapping[str, str], name: Env) -> float:
    """Nothing unless told."""
    text = values.get(name)
    try:
        dollars = float(text or 0)
    except ValueError:
        dollars = -1.0
    if not 0 <= dollars <= MOST_USD:
        raise BadInput(f"{name}: {text!r} is no amount: write dollars, like 2 or 0.50")
    return dollars


def _page(url: str | None) -> str | None:
    """A page's address, without a slash at its end."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(f"{Env.LIBRARY_URL}: {url!r} is no page's address: write https://name")
    return url.rstrip("/")


def _whole(values: Mapping[str, str], name: Env, unless: int, *, most: int) -> int:
    text = values.get(name)
    if not text:
        return unless
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most):
        raise BadInput(f"{name}: {text!r} cannot be: write a whole number from 0 to {most}")
    return int(text)


def _home(text: str) -> Path:
    try:
        home = Path(text).expanduser().absolute()
        blocking = next((path for path in (home, *home.parents) if path.is_file()), None)
    except (OSError, RuntimeError, ValueError) as exc:
        raise BadInput(f"{Env.HOME}: {text!r} cannot be used: {exc}") from exc
    if blocking is not None:
        raise BadInput(f"{Env.HOME}: {blocking} is a file; name a folder")
    return home


def _default_home() -> Path:
    return user_data_path("director_dagster", appauthor=False)
