"""A run's allowance is never crossed, and what was not spent of it can be spent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput, BudgetExceeded
from director_dagster.studio.allowance import Allowance


def test_what_does_not_fit_is_refused_with_what_is_left() -> None:
    allowance = Allowance.of_usd(0.5)
    allowance.hold("one", 300_000)

    with pytest.raises(BudgetExceeded, match=r"\$0.30 is more than .* \$0.20 of \$0.50"):
        allowance.hold("two", 300_000)


def test_what_was_cheaper_than_it_was_held_for_leaves_room() -> None:
    allowance = Allowance.of_usd(0.5)
    allowance.hold("one", 300_000)
    allowance.book("one", 100_000)

    allowance.hold("two", 400_000)


def test_without_a_limit_everything_fits() -> None:
    Allowance.of_usd(None).hold("one", 10**15)


def test_less_than_nothing_is_no_allowance() -> None:
    with pytest.raises(BadInput):
        Allowance.of_usd(-1.0)


@given(st.integers(0, 1000), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400), st.booleans()), max_size=40))
def test_what_is_held_and_booked_never_crosses_it(limit: int, steps: list[tuple[int, int, bool]]) -> None:
    allowance, counted, booked = Allowance(limit), dict[str, int](), set[str]()

    for number, price, is_booked in steps:
        name = str(number)
        if is_booked and name in counted:
            # What is booked is booked: a second word on the same purchase changes nothing.
            cost = counted[name] if name in booked else min(price, counted[name])
            allowance.book(name, min(price, cost))
            counted[name] = cost
            booked.add(name)
        elif name not in counted:
            try:
                allowance.hold(name, price)
                counted[name] = price
            except BudgetExceeded:
                assert sum(counted.values()) + price > limit

    assert sum(counted.values()) <= limit
