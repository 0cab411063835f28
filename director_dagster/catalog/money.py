"""Money: whole micro-dollars in the ledger, decimal dollars outside it."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from director_dagster.errors import BadInput

MICRO, CENT = Decimal("0.000001"), Decimal("0.01")
CENT_MICROUSD = 10_000
TOO_MUCH = Decimal(2**63) * MICRO
"""It does not fit into the ledger's columns."""


def to_microusd(dollars: Decimal | float | None) -> int | None:
    """`dollars` in micro-dollars; None, an unknown amount, stays None.

    A float counts as the decimal it prints as. What is finer than a micro-dollar is rounded, half to even. Raises
    BadInput for an amount below 0, too large, or not a number.
    """
    if dollars is None:
        return None
    amount = Decimal(str(dollars))
    if not amount.is_finite() or amount < 0:
        raise BadInput(f"{dollars} is no cost in dollars")
    if amount >= TOO_MUCH:
        raise BadInput(f"{dollars} dollars are more than anybody has")
    return int(amount.quantize(MICRO, rounding=ROUND_HALF_EVEN).scaleb(6))


def told(microusd: int | None) -> str:
    """`microusd` in dollars as people read them: ``$1,234.50``, half a cent rounded up, with all digits below a cent:
    what is not 0 never reads as 0, and what is not known is ``unknown``."""
    if microusd is None:
        return "unknown"
    sign, amount = "-" if microusd < 0 else "", abs(microusd) * MICRO
    if 0 < abs(microusd) < CENT_MICROUSD:
        return f"{sign}${amount:f}".rstrip("0")
    return f"{sign}${amount.quantize(CENT, rounding=ROUND_HALF_UP):,}"


def most(microusd: int | None) -> str:
    """As `told`, of what something costs at most: rounded up to the cent, so that it never costs more than it says."""
    if microusd is None or microusd < CENT_MICROUSD:
        return told(microusd)
    return told(-(-microusd // CENT_MICROUSD) * CENT_MICROUSD)


def exactly(microusd: int) -> str:
    """`microusd` in dollars with all their digits, two at the least: ``$0.025``; to be compared, or multiplied out."""
    dollars, digits = f"{microusd * MICRO:f}".split(".")
    return f"${dollars}.{digits.rstrip('0').ljust(2, '0')}"


def to_usd(microusd: int | None) -> Decimal | None:
    """`microusd` in dollars, exactly; None, an unknown amount, stays None."""
    return None if microusd is None else Decimal(microusd).scaleb(-6)
