"""The price book: dated, with a user's own prices before ours, and never a guess."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.providers.pricing import PriceBook, Rate

TODAY = dt.date(2026, 12, 1)
ENTRY = """
[[price]]
provider = "acme"
model = "fast"
unit = "second"
usd = "{usd}"
valid_from = {day}
source = "my contract"
"""


def book(home: Path, text: str, today: dt.date = TODAY) -> PriceBook:
    (home / "prices.toml").write_text(text)
    return PriceBook.open(home, today)


def test_our_own_prices_are_read_and_each_is_dated_and_sourced() -> None:
    found = PriceBook.open(None, TODAY)

    assert found.own == []
    assert len(found.ours) >= 10
    assert len({(rate.provider, rate.model, rate.unit, rate.valid_from) for rate in found.ours}) == len(found.ours)
    assert PriceBook.open(None, dt.date(2020, 1, 1)).ours == []


def test_of_several_prices_the_newest_that_is_valid_counts(tmp_path: Path) -> None:
    text = "".join(
        ENTRY.format(usd=usd, day=day) for usd, day in (("2", "2026-10-01"), ("3", "2026-12-01"), ("4", "2026-12-02"))
    )

    rate = book(tmp_path, text).rate("acme", "fast", "second")

    assert rate is not None
    assert (rate.usd, rate.valid_from) == (Decimal(3), TODAY)


def test_a_users_own_price_goes_before_ours_however_old(tmp_path: Path) -> None:
    ours = PriceBook.open(None, TODAY).ours[0]
    text = ENTRY.format(usd="7", day="2025-01-01").replace("acme", ours.provider).replace("fast", ours.model)

    rate = book(tmp_path, text.replace('"second"', f'"{ours.unit}"')).rate(ours.provider, ours.model, ours.unit)

    assert rate is not None
    assert rate.usd == Decimal(7)


def test_what_the_book_does_not_say_is_unknown(tmp_path: Path) -> None:
    assert book(tmp_path, "").rate("acme", "fast", "second") is None


def test_a_price_is_unknown_as_soon_as_that_of_one_of_its_units_is(tmp_path: Path) -> None:
    text = ENTRY.format(usd="0.10", day="2026-10-01")
    prices = book(tmp_path, text + text.replace('"second"', '"picture"'))
    seconds, pictures = Decimal(3), Decimal(2)

    one = prices.together("acme", "fast", {"second": seconds}, basis="computed")
    both = prices.together("acme", "fast", {"second": seconds, "picture": pictures}, basis="reported")
    strange = prices.together("acme", "fast", {"second": seconds, "word": Decimal(1)}, basis="computed")

    assert (one.microusd, one.quantity, one.unit) == (300_000, 3.0, "second")
    assert (both.microusd, both.quantity, both.unit, both.basis) == (500_000, 1, "piece", "reported")
    assert strange.microusd is None
    assert prices.price("acme", "slow", "second", 3, basis="computed").microusd is None


@pytest.mark.parametrize(
    "wrong",
    [
        "[[price]",
        ENTRY.format(usd="-1", day="2026-10-01"),
        ENTRY.format(usd="NaN", day="2026-10-01"),
        ENTRY.format(usd="cheap", day="2026-10-01"),
        ENTRY.format(usd="1", day='"soon"'),
        ENTRY.format(usd="1", day="2026-10-01") + 'more = "x"',
        "[prices]",
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(BadInput, match=r"prices\.toml: "):
        book(tmp_path, wrong)


@given(
    usd=st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False),
    quantity=st.decimals(min_value=0, max_value=100_000, places=3, allow_nan=False),
)
def test_a_price_is_never_below_the_exact_one_and_less_than_a_micro_dollar_above(
    usd: Decimal, quantity: Decimal
) -> None:
    rate = Rate(provider="acme", model="fast", unit="second", usd=usd, valid_from=TODAY, source="a test")

    microusd = rate.price(quantity, basis="computed").microusd

    assert microusd is not None
    assert 0 <= microusd - usd * quantity * 1_000_000 < 1
