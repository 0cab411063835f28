"""Prices: one dated book of what providers charge a unit, which a user can override."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from director_dagster.errors import BadInput
from director_dagster.providers.contract import Price

OWN = "prices.toml"
MICRO = Decimal(1_000_000)

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Rate(BaseModel):
    """What one unit costs, from a day on, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Word
    model: Word
    unit: Word
    usd: Decimal = Field(ge=0, allow_inf_nan=False)
    valid_from: dt.date
    source: Word

    def price(self, quantity: float | Decimal, *, basis: str) -> Price:
        """What so many units cost, rounded up to a whole micro-dollar, as a provider's hold must be."""
        microusd = Decimal(str(quantity)) * self.usd * MICRO
        return Price(
            microusd=int(microusd.to_integral_value(ROUND_CEILING)),
            quantity=float(quantity),
            unit=self.unit,
            unit_microusd=int((self.usd * MICRO).to_integral_value()),
            basis=basis,
            dated=self.valid_from.isoformat(),
        )


class _Page(BaseModel):
    """A file of the book."""

    model_config = ConfigDict(extra="forbid")

    price: list[Rate] = Field(default_factory=list)


@dataclass(frozen=True)
class PriceBook:
    """All rates that are valid on a day, those that a user has set before ours."""

    own: Sequence[Rate]
    ours: Sequence[Rate]

    @classmethod
    def open(cls, home: Path | None, today: dt.date) -> Self:
        """The book as it is valid `today`, with the rates of ``prices.toml`` in `home`, if it is there.

        Raises BadInput for a file that cannot be read.
        """
        file = None if home is None else home / OWN
        own = [] if file is None or not file.exists() else _read(_text(file), str(file))
        ours = _read(files("director_dagster.providers").joinpath(OWN).read_text(encoding="utf-8"), OWN)
        return cls(*([rate for rate in page if rate.valid_from <= today] for page in (own, ours)))

    def rate(self, provider: str, model: str, unit: str) -> Rate | None:
        """What the unit costs now; None where the book does not say: an unknown price, which is never 0."""
        for page in (self.own, self.ours):
            found = [rate for rate in page if (rate.provider, rate.model, rate.unit) == (provider, model, unit)]
            if found:
                return max(found, key=lambda rate: rate.valid_from)
        return None

    def price(self, provider: str, model: str, unit: str, quantity: float | Decimal, *, basis: str) -> Price:
        """What so many units cost; unknown where the book does not say what one does."""
        rate = self.rate(provider, model, unit)
        if rate is not None:
            return rate.price(quantity, basis=basis)
        return Price(microusd=None, quantity=float(quantity), unit=unit, unit_microusd=None, basis=basis, dated="")

    def together(self, provider: str, model: str, units: Mapping[str, Decimal], *, basis: str) -> Price:
        """What units of several kinds cost together; unknown as soon as the price of one is."""
        parts = [self.price(provider, model, unit, quantity, basis=basis) for unit, quantity in units.items()]
        if len(parts) == 1:
            return parts[0]
        known = [part.microusd for part in parts if part.microusd is not None]
        total = sum(known) if len(known) == len(parts) else None
        dated = max((part.dated for part in parts), default="")
        return Price(microusd=total, quantity=1, unit="piece", unit_microusd=total, basis=basis, dated=dated)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise BadInput(f"{file} is no text in UTF-8: {exc.reason} at byte {exc.start}") from exc


def _read(text: str, name: str) -> list[Rate]:
    try:
        return _Page.model_validate(tomllib.loads(text)).price
    except tomllib.TOMLDecodeError as exc:
        raise BadInput(f"{name}: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise BadInput(f"{name}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from exc
