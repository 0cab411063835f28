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


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "there is no key for fal: set DIRECTOR_FAL_KEY"),
        ({"key": "ab\ncd"}, "DIRECTOR_FAL_KEY holds a letter that no key has"),
        ({"key": "schlüssel"}, "DIRECTOR_FAL_KEY holds a letter that no key has"),
        ({"key": "k", "secret": "s s"}, "DIRECTOR_FAL_SECRET holds a letter that no secret has"),
        ({"key": "k", "url": "notaurl"}, "DIRECTOR_FAL_URL is no address: write https://"),
        ({"key": "k", "url": "http://[bad"}, "DIRECTOR_FAL_URL is no address: write https://"),
    ],
)
def test_what_nothing_could_be_sent_by_is_refused_in_one_line_that_names_it(values: dict[str, str], told: str) -> None:
    account = Account.of("fal", values)

    with pytest.raises(BadInput, match=told) as refused:
        account.refuse_nonsense()

    assert account.url("https://queue.fal.run") == "https://queue.fal.run"
    assert "cd" not in str(refused.value)
    assert "\n" not in str(refused.value)
