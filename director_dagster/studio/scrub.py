"""Scrub: every copy of every blob is read to its end once in a while, and proved."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile

from director_dagster.catalog.queries import copies
from director_dagster.catalog.queries.copies import VAULT, Found
from director_dagster.catalog.tables import Blob
from director_dagster.errors import BlobMissing
from director_dagster.studio.preserve import Tally, in_each, is_purged, note, proved, seek, set_aside_in, told
from director_dagster.studio.studio import Studio
from director_dagster.vault.replica import Replica

READERS, A_GROUP, GROUP_BYTES = 2, 64, 32_000_000
"""So many threads read the vault side by side, each so many blobs, or bytes, before anybody looks at the clock."""

ASKED, NOTED = 2_000, 500
"""So many are asked for at once, and so many noted as read together."""

FRESH = timedelta(days=30)
"""Each copy is read to its end at least so often."""


async def read_all(
    studio: Studio, *, older: timedelta = FRESH, rate_bytes_s: float | None = None, for_s: float | None = None
) -> Sequence[Tally]:
    """The deep scrub: read every copy to its end that was not for so long, the longest unread first, and prove it.

    It goes on from where it ended: copies are noted as read, some hundred at a time. `rate_bytes_s` is how fast it
    reads at most, `for_s` how long it goes on. What is damaged is set aside; in the vault it is brought back as
    `look` does.
    """
    pace, before = Pace(rate_bytes_s, for_s), datetime.now(UTC) - older
    vault = await told(Tally(store=VAULT), partial(_read_vault, studio, pace=pace, before=before))
    return [vault, *await in_each(studio, partial(_read, pace=pace, before=before))]


@dataclass
class Pace:
    """How fast, and for how long, a scrub reads."""

    rate_bytes_s: float | None
    for_s: float | None
    started: float = field(default_factory=time.monotonic)
    read_bytes: int = 0

    def is_over(self) -> bool:
        """Whether its time is up."""
        return self.for_s is not None and time.monotonic() - self.started >= self.for_s

    def goes_on(self, _: object) -> bool:
        """Whether there is time for one more."""
        return not self.is_over()

    async def after(self, size_bytes: int) -> None:
        """Rest, so that what was read in all is not too much for the time."""
        self.read_bytes += size_bytes
        if self.rate_bytes_s is not None:
            ahead_s = self.read_bytes / self.rate_bytes_s - (time.monotonic() - self.started)
            await asyncio.sleep(max(ahead_s, 0.0))


async def _read_vault(studio: Studio, tally: Tally, *, pace: Pace, before: datetime) -> None:
    async with studio.catalog.session() as db:
        lost = await copies.lost(db)
    await seek(studio, lost, tally)
    async for batch in _due(studio, VAULT, pace, before):
        sound = []
        for some in takewhile(pace.goes_on, _groups(batch)):
            there = await _there(studio, some, tally)
            tally.looked_at += len(some)
            tally.read_bytes += sum(blob.size_bytes for blob in there)
            sound += [Found(digest=blob.digest, store=VAULT, state="ok") for blob in there]
            await pace.after(sum(blob.size_bytes for blob in there))
        await note(studio, sound, read=True)


async def _there(studio: Studio, some: Sequence[Blob], tally: Tally) -> Sequence[Blob]:
    """Those of the blobs that are sound, or are by now: what is not is looked at one by one."""
    shares = [[blob.digest for blob in some[reader::READERS]] for reader in range(READERS)]
    sound = set[str]().union(*await asyncio.gather(*map(studio.vault.those_sound, shares)))
    return [blob for blob in some if blob.digest in sound or await proved(studio, blob, tally) is not None]


def _groups(blobs: Sequence[Blob]) -> Iterator[Sequence[Blob]]:
    """The blobs in order, so many together as are read before anybody can break off."""
    group, size_bytes = list[Blob](), 0
    for blob in blobs:
        group.append(blob)
        size_bytes += blob.size_bytes
        if len(group) == A_GROUP * READERS or size_bytes >= GROUP_BYTES * READERS:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


async def _read(studio: Studio, store: Replica, tally: Tally, *, pace: Pace, before: datetime) -> None:
    async for batch in _due(studio, store.name, pace, before):
        sound = []
        for blob in takewhile(pace.goes_on, batch):
            tally.looked_at += 1
            try:
                if await store.hashed(blob.digest) == blob.digest:
                    sound.append(Found(digest=blob.digest, store=store.name, state="ok"))
                else:
                    tally.damaged += 1
                    await set_aside_in(studio, store, blob.digest)
            except BlobMissing:
                if not await is_purged(studio, blob.digest):
                    tally.missing += 1
                    await note(studio, [Found(digest=blob.digest, store=store.name, state="missing")], read=False)
            tally.read_bytes += blob.size_bytes
            await pace.after(blob.size_bytes)
        await note(studio, sound, read=True)


async def _due(studio: Studio, store: str, pace: Pace, before: datetime) -> AsyncIterator[Sequence[Blob]]:
    """The copies that are to be read, some at a time: those are noted as read together, each alone would take longer
    to write down than to read."""
    while not pace.is_over():
        async with studio.catalog.session() as db:
            found = await copies.due(db, store, before=before, limit=ASKED, own=store == VAULT)
        if not found:
            return
        for start in range(0, len(found), NOTED):
            yield found[start : start + NOTED]
