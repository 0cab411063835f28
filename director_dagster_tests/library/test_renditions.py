"""Renditions: made once, for many at once, and whole or not at all."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from director_dagster.errors import MediaDamaged
from director_dagster.library.renditions import Renditions
from director_dagster.media.probe import probe
from director_dagster.media.workers import Workers
from director_dagster_tests.media.clips import clip

P = ParamSpec("P")
R = TypeVar("R")

DIGEST = "9f" + 62 * "0"


class Counted(Workers):
    """Workers that count what they are asked to do, and wait with it until they are let go."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.runs = 0
        self.go = asyncio.Event()
        self.go.set()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self.runs += 1
        await self.go.wait()
        return await super().run(function, *args, **kwargs)


@pytest.fixture
def workers() -> Iterator[Counted]:
    with Counted(1) as opened:
        yield opened


@pytest.fixture
def renditions(tmp_path: Path, workers: Counted) -> Renditions:
    return Renditions(tmp_path / "cache" / "previews", workers)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return clip(tmp_path / "blob", 24)


async def test_a_preview_is_made_once_and_kept_under_its_digest(
    tmp_path: Path, renditions: Renditions, workers: Counted, source: Path
) -> None:
    first = await renditions.preview(DIGEST, source)
    second = await renditions.preview(DIGEST, source)

    assert first == second == tmp_path / "cache" / "previews" / "9f" / f"{DIGEST}.mp4"
    assert probe(first).duration_s == pytest.approx(1.0)
    assert list(first.parent.iterdir()) == [first]
    assert workers.runs == 1


async def test_a_preview_that_many_ask_for_at_once_is_made_once(
    renditions: Renditions, workers: Counted, source: Path
) -> None:
    paths = await asyncio.gather(*(renditions.preview(DIGEST, source) for _ in range(20)))

    assert len(set(paths)) == 1
    assert workers.runs == 1


async def test_who_goes_away_takes_it_from_nobody(renditions: Renditions, workers: Counted, source: Path) -> None:
    workers.go.clear()
    gone, waiting = (asyncio.create_task(renditions.preview(DIGEST, source)) for _ in range(2))
    while not workers.runs:
        await asyncio.sleep(0.01)

    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    workers.go.set()

    assert (await waiting).is_file()
    assert workers.runs == 1


async def test_what_nobody_waits_for_any_more_is_still_made(
    renditions: Renditions, workers: Counted, source: Path
) -> None:
    workers.go.clear()
    gone = asyncio.create_task(renditions.preview(DIGEST, source))
    while not workers.runs:
        await asyncio.sleep(0.01)

    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    workers.go.set()

    assert (await renditions.preview(DIGEST, source)).is_file()
    assert workers.runs == 1


async def test_a_failure_is_everybodys_and_the_next_call_tries_again(
    tmp_path: Path, renditions: Renditions, workers: Counted, source: Path
) -> None:
    (tmp_path / "letter").write_bytes(b"a letter")

    failed = await asyncio.gather(
        *(renditions.preview(DIGEST, tmp_path / "letter") for _ in range(3)), return_exceptions=True
    )

    assert [type(error) for error in failed] == [MediaDamaged] * 3
    assert workers.runs == 1
    assert (await renditions.preview(DIGEST, source)).is_file()


@pytest.mark.parametrize("harm", ["the cache is deleted", "the file is empty"])
async def test_what_is_gone_from_the_cache_is_made_again(
    harm: str, tmp_path: Path, renditions: Renditions, source: Path
) -> None:
    made = await renditions.preview(DIGEST, source)
    before = made.read_bytes()
    if harm == "the file is empty":
        made.write_bytes(b"")
    else:
        shutil.rmtree(tmp_path / "cache")

    again = await renditions.preview(DIGEST, source)

    assert again.read_bytes() == before


async def test_no_more_are_made_at_once_than_there_are_workers(
    tmp_path: Path, renditions: Renditions, source: Path
) -> None:
    digests = [f"{number:064x}" for number in range(4)]

    asked = asyncio.gather(*(renditions.preview(digest, source) for digest in digests))
    most = 0
    while not asked.done():
        most = max(most, len(list(tmp_path.glob("cache/previews/*/.*.part"))))
        await asyncio.sleep(0.002)

    assert most <= 1
    assert len(set(await asked)) == 4
