"""Accounts: how we are known to a provider."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

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
    def mark(self) -> str:
        """What tells this account from another of ours there, and nothing more: a digest of the key, empty without."""
        key = self.values.get("key", "")
        return hashlib.sha256(key.encode()).hexdigest()[:MARK_CHARS] if key else ""

    def url(self, own: str) -> str:
        """Where the provider is spoken to: `own` unless the user has set another."""
        return self.values.get("url", own).rstrip("/")

    def _value(self, name: str) -> str:
        if name not in self.values:
            raise BadInput(f"there is no {name} for this provider: set {self.prefix}_{name.upper()}")
        return self.values[name]
