"""Findings: what an examination of a film's pieces comes to, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

Fact = int | float | str


class Severity(StrEnum):
    """ERROR: something is lost or false. WARN: something is merely unknown, or was mended on the spot."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, kw_only=True)
class Offender:
    """A piece that is not as it should be: where it is, what was expected of it and what was found."""

    slot: str
    asset_id: UUID | None
    expected: str
    found: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        which = "" if self.asset_id is None else f"; asset {self.asset_id}"
        return f"{self.slot}: {self.found} (expected {self.expected}{which})"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        check: Its name, e.g. ``intact``.
        examined: How many pieces (edges, cues …) it looked at.
        offenders: Those that are not as they should be, in the order of their slots.
        facts: Whatever else was measured, with the unit in its name.
    """

    check: str
    examined: int
    offenders: tuple[Offender, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.offenders

    @property
    def severity(self) -> Severity:
        """The gravest of what was found."""
        grave = any(each.severity is Severity.ERROR for each in self.offenders)
        return Severity.ERROR if grave else Severity.WARN

    @property
    def summary(self) -> str:
        """What was found, in one line: how much was examined, or the first offender and how many there are."""
        if self.passed:
            return f"{self.examined} examined"
        first = min(self.offenders, key=lambda each: each.severity)
        more = "" if len(self.offenders) == 1 else f" (and {len(self.offenders) - 1} more)"
        return f"{first}{more}"
