"""Accounts: how we are known to a provider."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from director_dagster.errors import BadInput

MARK_CHARS = 12


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a user has set for a provider: a key, and another address than the provider's own, e.g. a simulator's.

    Attributes:
        prefix: What the names of its settings begin with, e.g. ``DIRECTOR_OPENAI``.
    """

    prefix: str
    values: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, provider: str, values: Mapping[str, str] | None) -> Self:
        """The account at `provider`, of which `values` (``key``, ``secret``, ``url``) are set."""
        return cls(prefix=f"DIRECTOR_{provider.upper()}", values=values or {})

    @property
    def key(self) -> str:
        """The key. Raises BadInput, naming what to set, without one."""
        return self._value("key")

    @property
    def secret(self) -> str | None:
        """What belongs to a key that has two halves; None where none is set."""
        return self.values.get("secret")

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of what we are known by: the key's, and the secret's where one is set."""
        return tuple(
            f"{self.prefix}_{each.upper()}" for each in ("key", "secret") if each == "key" or each in self.values
        )

    @property
    def mark(self) -> str:
        """What tells this account from another of ours there, and nothing more: a digest of the key, empty without."""
        key = self.values.get("key", "")
        return hashlib.sha256(key.encode()).hexdigest()[:MARK_CHARS] if key else ""

    def url(self, own: str) -> str:
        """Where the provider is spoken to: `own` unless the user has set another; see `refuse_nonsense`."""
        said = self.values.get("url", own)
        return (said if _is_address(said) else own).rstrip("/")

    def refuse_nonsense(self) -> None:
        """Raise BadInput, naming what to set, without a key, and for a key or an address that is none: nothing could
        be sent by it."""
        for name in ("key", "secret"):
            value = self._value(name) if name == "key" else self.values.get(name, "")
            if not (value.isascii() and value.isprintable()) or " " in value:
                raise BadInput(
                    f"{self.prefix}_{name.upper()} holds a letter that no {name} has, e.g. a blank or a line end"
                )
        if "url" in self.values and not _is_address(self.values["url"]):
            raise BadInput(f"{self.prefix}_URL is no address: write https://… (or http://127.0.0.1:…, a simulator's)")

    def _value(self, name: str) -> str:
        if name not in self.values:
            whose = self.prefix.removeprefix("DIRECTOR_").lower()
            raise BadInput(f"there is no {name} for {whose}: set {self.prefix}_{name.upper()}")
        return self.values[name]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
