"""Charges: what the simulated providers have sold, each on the disk before its answer leaves."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One sale.

    Attributes:
        provider: Who sold.
        job: The provider's name for it.
        model: What was sold.
        what: In words: the prompt or the text.
        microusd: For how much.
    """

    provider: str
    job: str
    model: str
    what: str
    microusd: int


class Charges:
    """The list, as lines of JSON in a file; what the file held before counts on."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, Lock()

    def add(self, charge: Charge) -> None:
        """Write one down; it is on the disk when this returns."""
        line = json.dumps(asdict(charge), ensure_ascii=False) + "\n"
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(line)

    def all(self) -> list[Charge]:
        """Every sale, in order."""
        with self._lock:
            lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        return [Charge(**json.loads(line)) for line in lines]
