"""A film of a hundred shots, bought on the loopback provider, against what its latencies and its seats must take.

The least that a step can take is its longest job, or all its jobs divided by the provider's seats. What is compared are
the steps that buy; for information, beside that, the whole film: its checks look at everything that was bought, and the
house cuts it.
"""

import asyncio
from collections.abc import Iterator, Mapping

import psycopg

from benchmarks.g1_fanout import Bench, bench
from benchmarks.harness import PAIRS, Figure, Pairs
from director_dagster.story.film import FilmSettings

SHOTS, SCENES, ROOMS, SEATS = 100, 50, 10, 25
SCENE = "INT. ROOM {room} - NIGHT\n\nANNA (30s) walks past door {number} of {film}.\n\nANNA\nDoor {number}?\n\n"
LATENCY_S = {"image": 2.0, "speech": 1.0, "music": 5.0, "video": 10.0}
CREW = {medium: f"loopback:{seconds:g}s-0" for medium, seconds in LATENCY_S.items()}
BOUGHT: Mapping[str, Mapping[str, str]] = {
    "characters": {"character": "image", "location": "image", "prop": "image", "voice": "speech"},
    "music": {"score": "music", "ambience": "music"},
    "dialogue": {"line": "speech"},
    "storyboard": {"frame": "image"},
    "shots": {"shot": "video"},
}
"""What each step buys, by the operation of its jobs, and of which medium that is."""

JOBS = """
SELECT g.operation, count(*) FROM generations g JOIN films f ON f.id = g.film_id
WHERE g.provider = 'loopback' AND f.slug = %s GROUP BY g.operation
"""


def measure() -> Iterator[Figure]:
    """The steps that buy, over the least that they can take, and the whole film over the same."""
    with bench(seats=SEATS) as opened:
        opened.fan_out(4, 0)
        taken = [_film(opened) for _ in range(PAIRS)]
        bought, whole, least = zip(*taken, strict=True)
        yield Pairs(first=bought, second=least).ratio(
            f"{SHOTS} shots with all they need, {SEATS} at once / least", None
        )
        yield Pairs(first=whole, second=least).ratio("  the whole film, checked and cut / the same", None)


def _film(opened: Bench) -> tuple[float, float, float]:
    """The seconds of a new film's steps that buy, of all its steps, and the least that the first can take."""
    film = opened.new_film()
    page = "".join(SCENE.format(room=number % ROOMS, number=number, film=film) for number in range(SCENES))
    settings = FilmSettings(format="1:1", narration=False, crew=CREW)
    asyncio.run(opened.commission(film, page, settings))
    seconds = opened.child("film", film)
    with psycopg.connect(opened.url) as connection:
        jobs: dict[str, int] = dict(connection.execute(JOBS, [film.partition("/")[2]]).fetchall())
    least = sum(_least_s(media, jobs) for media in BOUGHT.values())
    return sum(seconds[step] for step in BOUGHT), sum(seconds.values()), least


def _least_s(media: Mapping[str, str], jobs: Mapping[str, int]) -> float:
    latencies_s = [LATENCY_S[medium] for operation, medium in media.items() for _ in range(jobs.get(operation, 0))]
    return max(max(latencies_s, default=0.0), sum(latencies_s) / SEATS)
