"""Tests of money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.catalog.money import most, to_microusd, to_usd, told
from director_dagster.errors import BadInput

AMOUNTS = st.integers(min_value=0, max_value=2**63 - 1)


@given(AMOUNTS)
def test_dollars_and_back_is_exact(microusd: int) -> None:
    assert to_microusd(to_usd(microusd)) == microusd


@given(st.integers(min_value=0, max_value=10**9))
def test_a_float_counts_as_the_decimal_it_prints_as(microusd: int) -> None:
    assert to_microusd(microusd / 1_000_000) == microusd


def test_an_unknown_amount_stays_unknown() -> None:
    assert to_microusd(None) is None
    assert to_usd(None) is None


@pytest.mark.parametrize(
    ("dollars", "microusd"),
    [("0.0000005", 0), ("0.0000015", 2), ("0.0000025", 2), ("0.00000251", 3), ("0.025", 25_000)],
)
def test_what_is_finer_than_a_micro_dollar_is_rounded_half_to_even(dollars: str, microusd: int) -> None:
    assert to_microusd(Decimal(dollars)) == microusd


@pytest.mark.parametrize("dollars", [-0.01, float("nan"), float("inf"), Decimal(-1)])
def test_what_is_no_amount_is_refused(dollars: float | Decimal) -> None:
    with pytest.raises(BadInput, match="is no cost in dollars"):
        to_microusd(dollars)


@pytest.mark.parametrize(
    ("microusd", "words"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (8_022, "$0.008022"),
        (9_000, "$0.009"),
        (10_000, "$0.01"),
        (25_000, "$0.03"),
        (145_000, "$0.15"),
        (-4_310_000, "-$4.31"),
        (1_234_500_000, "$1,234.50"),
        (None, "unknown"),
    ],
)
def test_what_is_told_of_an_amount_is_never_0_unless_it_is(microusd: int | None, words: str) -> None:
    assert told(microusd) == words


def test_what_it_costs_at_most_is_rounded_up() -> None:
    told_of = [most(each) for each in (None, 0, 195, 20_001, 25_000, 30_000)]

    assert told_of == ["unknown", "$0.00", "$0.000195", "$0.03", "$0.03", "$0.03"]
