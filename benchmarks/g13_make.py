"""G13: what `director make` costs beyond drawing, speaking, composing and encoding its film."""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.harness import PAIRS, Figure, Goal, Pairs
from director_dagster.animatic.operations import perform
from director_dagster.postgres import server as postgres
from director_dagster.settings import Env, Settings
from director_dagster.story.film import parse_film_key
from director_dagster.studio import reel
from director_dagster.studio.edit import cut_of, reel_of
from director_dagster.studio.page import read_page
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio

GOAL = Goal(limit=1.3)
FILM = "no-longer-needed"
REQUESTS = """
SELECT g.operation, g.request FROM generations g JOIN workspaces w ON w.id = g.workspace_id
WHERE w.slug = %s AND g.settled_at IS NOT NULL ORDER BY g.id
"""


@dataclass
class Cost:
    """Seconds of processor and of wall of each run."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def of(self, run: Callable[[], None]) -> None:
        """Run it and note what it took, child processes included."""
        before, start = _cpu_s(), perf_counter()
        run()
        self.cpu.append(_cpu_s() - before)
        self.wall.append(perf_counter() - start)


def measure() -> Iterator[Figure]:
    """The example made in a warm home, each time for a new workspace, in turn with its bare work."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = postgres.ensure(Settings(home=home).postgres)
        numbers = count()
        make, bare = Cost(), Cost()
        try:
            _make(home, next(numbers))
            for _ in range(PAIRS):
                make.of(lambda: _make(home, next(numbers)))
                bare.of(lambda: asyncio.run(_bare(home, url, "bench-0")))
        finally:
            postgres.stop(Settings(home=home).postgres)
    cores = os.cpu_count() or 1
    ideal = [seconds / cores for seconds in bare.cpu]
    yield Pairs(first=tuple(make.cpu), second=tuple(bare.cpu)).ratio("processor time of make / of its work alone", GOAL)
    yield Pairs(first=tuple(make.wall), second=tuple(ideal)).ratio(
        "wall of make / its work spread over all cores", None
    )


def _make(home: Path, number: int) -> None:
    command = [sys.executable, "-m", "director_dagster.cli", "make", "--workspace", f"bench-{number}", "--json"]
    ours = {Env.DATABASE_URL.value: "", **Settings(home=home).variables()}
    environment = {**os.environ, **ours}  # noqa: TID251 (a child process needs all of it)
    subprocess.run(command, env=environment, check=True, capture_output=True)


async def _bare(home: Path, url: str, workspace: str) -> None:
    """Every request of a film that was made, performed again, and the film put together again: nothing else."""
    with psycopg.connect(url) as connection:
        requests = connection.execute(REQUESTS, [workspace]).fetchall()
    studio = open_studio(database_url=url, home=home)
    try:
        with tempfile.TemporaryDirectory() as folder:
            files = (Path(folder) / str(number) for number in count())
            await asyncio.gather(*(_perform(studio, request, next(files)) for _, request in requests))
            await _cut(studio, workspace, Path(folder))
    finally:
        await studio.aclose()


async def _perform(studio: Studio, request: dict[str, Any], into: Path) -> None:
    inputs = tuple((role, studio.vault.locate(digest)) for role, digest in request["inputs"])
    await studio.workers.run(perform, request["operation"], request["params"], request["seed"], inputs, into)


async def _cut(studio: Studio, workspace: str, folder: Path) -> None:
    async with begin(studio, parse_film_key(f"{workspace}/{FILM}"), "bench") as step:
        page, there = await read_page(step), await step.takes()
        wound = await reel_of(step, there, cut_of(step, page, there), page.breakdown.title)
    await studio.workers.run(reel.put_together, wound, folder)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
