"""G1, G2, G3: shots bought side by side on the loopback provider, each durable in vault, catalog and Dagster."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from shutil import copyfile
from statistics import median
from time import perf_counter

from benchmarks.harness import PAIRS, Figure, Goal, Pairs, peer
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.session import migrate
from director_dagster.cli.home import project_file
from director_dagster.postgres import server as postgres
from director_dagster.providers.contract import Ask, Medium
from director_dagster.settings import Env, Settings
from director_dagster.story import wire
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import open_studio
from director_dagster_tests.loopback.provider import AT_ONCE, SEATS, Loopback
from director_dagster_tests.loopback.running import Running, running

FRAMES = 72
MEDIA = ("image", "video", "speech", "music")
SCENE = "INT. ROOM {number} - NIGHT\n\nThe room is empty. Door {number} of film {film} stands open.\n\n"
GOALS = {(100, 1): Goal(limit=1.25), (1000, 1): Goal(limit=1.40), (100, 10): Goal(limit=1.03)}
PEER = ("dagster==1.13.27", "dagster-postgres==0.29.27", "sqlalchemy<2.1", "dagster-async-executor==0.0.4")
PEER_JOB = """
import asyncio, os, sys, tempfile, time
import dagster as dg
from dagster_async_executor import async_executor

@dg.op(out=dg.DynamicOut())
def shots():
    for number in range(int(sys.argv[2])):
        yield dg.DynamicOutput(number, mapping_key=str(number))

@dg.op
async def shot(context, number: int):
    await asyncio.sleep(float(sys.argv[3]))
    context.log_event(dg.AssetMaterialization(asset_key="shot", metadata={"number": number}))

@dg.job(executor_def=async_executor)
def film():
    shots().map(shot)

def job():
    return film

if __name__ == "__main__":
    home = tempfile.mkdtemp()
    with open(f"{home}/dagster.yaml", "w") as file:
        file.write("storage: {postgres: {postgres_url: {env: PEER_URL}}}\\ntelemetry: {enabled: false}\\n")
    os.environ["DAGSTER_HOME"] = home
    with dg.DagsterInstance.get() as instance:
        started = time.perf_counter()
        result = dg.execute_job(dg.reconstructable(job), instance=instance)
        assert result.success
        print(time.perf_counter() - started)
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A home with a database, the loopback provider, and films of empty rooms."""

    home: Path
    url: str
    loopback: Running
    numbers: Iterator[int]
    seats: int

    def new_film(self) -> str:
        """The key of a film that there is not yet."""
        return f"bench/film-{next(self.numbers)}"

    def fan_out(self, shots: int, seconds: float) -> dict[str, float]:
        """What it took to make a new film's shots."""
        film = self.new_film()
        page = "".join(SCENE.format(number=number, film=film) for number in range(shots))
        settings = FilmSettings(format="1:1", narration=False, crew=dict.fromkeys(MEDIA, "loopback:0s-0"))
        asyncio.run(self.commission(film, page, settings))
        return self.child("fanout", film, f"{seconds:g}")

    def child(self, module: str, *arguments: str) -> dict[str, float]:
        """What the `main` of a module beside this one tells, in a process of its own."""
        environment = {**os.environ, **self._ours()}  # noqa: TID251 (a child process needs all of it)
        # Not -m: each worker process would import that module, and Dagster with it, as `director make`'s does not.
        code = f"from benchmarks.{module} import main; main(*{arguments!r})"
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return told

    async def commission(self, film: str, page: str, settings: FilmSettings) -> None:
        """Give a film its row."""
        studio = open_studio(database_url=self.url, home=self.home)
        loopback = Loopback(self.loopback.url)
        studio = replace(studio, providers={**studio.providers, loopback.name: loopback})
        try:
            await commission(studio, parse_film_key(film), of_screenplay(page, origin=film, name=film), settings)
        finally:
            await studio.aclose()

    def _ours(self) -> dict[str, str]:
        ours = Settings(home=self.home).variables()
        return {Env.DATABASE_URL.value: "", **ours, **self.loopback.environment, SEATS: str(self.seats)}

    def talk(self, shots: int, seconds: float) -> float:
        """How long the provider's answers alone take, with nothing kept of them but the bytes of the last."""
        return asyncio.run(self._talk(shots, f"{seconds:g}s-0"))

    async def _talk(self, shots: int, model: str) -> float:
        provider = Loopback(self.loopback.url)
        params = {"frames": FRAMES, "size": wire.dump(FilmSettings(format="1:1").format.size)}

        async def one(number: int) -> None:
            ask = Ask(medium=Medium.VIDEO, operation="shot", prompt=f"Door {number}", params=params, seed=number)
            request = provider.plan(ask, model)
            accepted = await provider.submit(request, str(new_id()), self.home / "fetched")
            await provider.poll(request, accepted.job_id)
            await provider.fetch(request, accepted.job_id, self.home / "fetched")

        try:
            await asyncio.gather(*(one(number) for number in range(shots)))  # all connections are open now
            start = perf_counter()
            await asyncio.gather(*(one(number) for number in range(shots)))
            return perf_counter() - start
        finally:
            await provider.aclose()


@contextmanager
def bench(*, seats: int = AT_ONCE) -> Iterator[Bench]:
    """A bench in a temporary folder, with a provider that takes so many jobs at once."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        (home / "dagster").mkdir(parents=True)
        copyfile(project_file("dagster.yaml"), home / "dagster" / "dagster.yaml")
        url = postgres.ensure(home / "postgres")
        migrate(url)
        try:
            with running(Path(folder) / "loopback") as loopback:
                yield Bench(home=home, url=url, loopback=loopback, numbers=count(), seats=seats)
        finally:
            postgres.stop(home / "postgres")


def measure_g1() -> Iterator[Figure]:
    """The figures of G1, and what of each the provider's own answers are."""
    with bench() as opened:
        opened.fan_out(4, 0)
        for (shots, seconds), goal in GOALS.items():
            pairs = [(opened.fan_out(shots, seconds)["seconds"], opened.talk(shots, seconds)) for _ in range(PAIRS)]
            made, talked = zip(*pairs, strict=True)
            yield _against(f"{shots} shots of {seconds} s / {seconds} s", made, seconds, goal)
            yield Pairs(first=made, second=talked).ratio("  the same / the same answers, nothing kept", None)


def measure_g2() -> Iterator[Figure]:
    """The figures of G2."""
    with bench() as opened, tempfile.TemporaryDirectory() as folder:
        python, job = peer(Path(folder) / "peer", *PEER), Path(folder) / "peer_job.py"
        job.write_text(PEER_JOB)
        opened.fan_out(4, 0)
        for shots, goal in ((100, 7), (1000, 15)):
            pairs = [(_theirs(opened, python, job, shots), opened.fan_out(shots, 1)["seconds"]) for _ in range(PAIRS)]
            theirs, ours = zip(*pairs, strict=True)
            what = f"dagster-async-executor / ours, {shots} shots of 1 s"
            yield Pairs(first=theirs, second=ours).ratio(what, Goal(limit=goal, at_least=True))


def measure_g3() -> Iterator[Figure]:
    """The figures of G3."""
    with bench() as opened:
        opened.fan_out(4, 0)
        pairs = [(opened.fan_out(100, 1), opened.fan_out(1000, 1)) for _ in range(PAIRS)]
        cpu = [(many["cpu_s"] - few["cpu_s"]) / 900 * 1000 for few, many in pairs]
        memory = [(many["peak_kib"] - few["peak_kib"]) / 900 for few, many in pairs]
        yield _figure("processor ms a shot, from 100 to 1,000", cpu, Goal(limit=2))
        yield _figure("KiB a shot, from 100 to 1,000", memory, Goal(limit=64))


def _theirs(opened: Bench, python: Path, job: Path, shots: int) -> float:
    environment = {**os.environ, "PEER_URL": opened.url.replace("postgresql://", "postgresql+psycopg2://")}  # noqa: TID251 (a child process needs all of it)
    command = [str(python), str(job), "-", str(shots), "1"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def _against(what: str, walls: tuple[float, ...], seconds: float, goal: Goal) -> Figure:
    return Pairs(first=walls, second=(float(seconds),) * len(walls)).ratio(what, goal)


def _figure(what: str, values: list[float], goal: Goal) -> Figure:
    return Figure(what=what, value=median(values), smallest=min(values), largest=max(values), goal=goal)
