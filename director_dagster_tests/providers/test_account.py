"""Accounts: keys are named when they are missing, and never shown."""

import pytest

from director_dagster.errors import BadInput
from director_dagster.providers.account import Account

KEY = "sk-canary-0123456789"


def test_a_missing_key_is_named_as_it_is_to_be_set() -> None:
    with pytest.raises(BadInput, match="set DIRECTOR_ACME_KEY"):
        _ = Account.of("acme", None).key


def test_a_key_is_given_and_never_shown() -> None:
    account = Account.of("acme", {"key": KEY})

    assert account.key == KEY
    assert KEY not in repr(account)


def test_the_provider_is_at_its_own_address_unless_another_is_set() -> None:
    assert Account.of("acme", {}).url("https://api.acme.example/v1") == "https://api.acme.example/v1"
    assert Account.of("acme", {"url": "http://127.0.0.1:9/acme/"}).url("https://x") == "http://127.0.0.1:9/acme"
