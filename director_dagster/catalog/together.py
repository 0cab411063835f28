"""Together: what many tasks ask to be written at the same moment is written in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.session import Catalog
from director_dagster.errors import DirectorError

Item = TypeVar("Item")
Result = TypeVar("Result")

GATHER_S = 0.005
"""How long a writer waits for company, unless told otherwise: pieces that are begun together ask within that time."""

AT_MOST = 250
"""So many in one transaction: more gain nothing, and hold their rows longer."""


class Together(Generic[Item, Result]):
    """One kind of write: asked for one by one, done in batches.

    A call returns when its own write is committed. While one batch is being written the next one gathers, so that a
    single write hardly waits and a hundred at once are one transaction. `write` gives a result or an error of ours
    for each item; when the batch as a whole fails, each of its items is written alone, so that one cannot spoil it for
    the others. A caller that is cancelled meanwhile does not undo its write.
    """

    def __init__(
        self,
        catalog: Catalog,
        write: Callable[[AsyncSession, Sequence[Item]], Awaitable[Sequence[Result | DirectorError]]],
        *,
        gather_s: float = GATHER_S,
    ) -> None:
        self._catalog, self._write, self._gather_s = catalog, write, gather_s
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """What came of `item`. Raises its error."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._writer is None:
            self._writer = self._catalog.spawn(self._write_all())
        return await answer

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._gather_s)
                batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
                await self._write_batch(batch)
        finally:
            self._writer = None
            for _, answer in self._waiting:
                answer.cancel()
            self._waiting = []

    async def _write_batch(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._written([item for item, _ in batch])
        except Exception as exc:  # noqa: BLE001 (it belongs to the callers, each of whom gets it or its own result)
            if len(batch) == 1:
                _tell(batch[0][1], exc)
                return
            for each in batch:
                await self._write_batch([each])
            return
        except BaseException:
            for _, answer in batch:
                answer.cancel()
            raise
        for (_, answer), result in zip(batch, results, strict=True):
            _tell(answer, result)

    async def _written(self, items: Sequence[Item]) -> Sequence[Result | DirectorError]:
        async with self._catalog.session() as db:
            return await self._write(db, items)


def _tell(answer: "asyncio.Future[Result]", result: Result | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
