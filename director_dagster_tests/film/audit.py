"""The audit of a home after whatever happened to it: rows against bytes, both ways, and nothing bought twice."""

import hashlib
from dataclasses import dataclass

from director_dagster_tests.film.conftest import Home

TWICE = """
SELECT fingerprint FROM generations WHERE settled_at IS NOT NULL AND state = 'stored'
GROUP BY workspace_id, fingerprint HAVING count(*) > 1
"""
DIGESTS = """
SELECT digest FROM assets WHERE digest IS NOT NULL AND lost_at IS NULL
UNION SELECT thumbnail_digest FROM assets WHERE thumbnail_digest IS NOT NULL
"""


@dataclass(frozen=True)
class Audit:
    """What was found: how many rows and blobs were looked at, and what is wrong with which."""

    assets: int
    blobs: int
    bought_twice: list[str]
    rows_without_bytes: list[str]
    blobs_without_row: list[str]
    damaged: list[str]
    unfinished: int
    unknown_runs: int

    @property
    def faults(self) -> dict[str, object]:
        """All that should be empty or 0, and is not."""
        counted = {"assets", "blobs"}
        return {name: value for name, value in vars(self).items() if name not in counted and value}


def audit(home: Home) -> Audit:
    """Look through the whole home."""
    folder = home.path / "vault" / "sha256"
    files = {file.name: file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")}
    digests = {digest for (digest,) in home.ask(DIGESTS)}
    return Audit(
        assets=home.rows("SELECT count(*) FROM assets")[0][0],
        blobs=len(files),
        bought_twice=[fingerprint for (fingerprint,) in home.ask(TWICE)],
        rows_without_bytes=sorted(digests - set(files)),
        blobs_without_row=sorted(set(files) - digests),
        damaged=[name for name, file in files.items() if hashlib.sha256(file.read_bytes()).hexdigest() != name],
        unfinished=home.rows("SELECT count(*) FROM generations WHERE settled_at IS NULL")[0][0],
        unknown_runs=home.rows("SELECT count(*) FROM runs WHERE status IN ('STARTED', 'STARTING', 'CANCELING')")[0][0],
    )
