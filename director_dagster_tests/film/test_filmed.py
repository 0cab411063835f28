"""A film that fal draws and films, against the simulator: right costs, nothing bought twice, and as long as its cut."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster.story.film import parse_film_key
from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.broken import look
from director_dagster_tests.film.buying import Buying, buying
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import simulated

pytestmark = pytest.mark.slow

COSTS = "SELECT sum(cost_microusd)::bigint FROM assets WHERE provider = 'fal'"
BASES = """
SELECT DISTINCT type, cost_basis->>'basis', (cost_basis->>'microusd')::bigint = cost_microusd FROM assets
WHERE provider = 'fal' ORDER BY type
"""
SHOTS = "SELECT sum(duration_s), count(*), min(duration_s), max(width) FROM assets WHERE kind = 'shot'"
BUDGET = "SELECT reserved_microusd, spent_microusd FROM budgets JOIN films f ON f.id = film_id WHERE f.slug = %s"
UNDER_WAY = "SELECT bool_and(state = 'submitted') FROM generations WHERE settled_at IS NULL AND provider = 'fal'"
TALKS = """
SELECT shot.generation_metadata->>'talk', round(shot.cost_microusd / shot.duration_s), line.provider
FROM slots s JOIN takes t ON t.slot_id = s.id AND t.selected_at IS NOT NULL JOIN assets shot ON shot.id = t.asset_id
JOIN asset_sources e ON e.asset_id = shot.id JOIN assets line ON line.id = e.source_id AND line.kind = 'dialogue'
JOIN films f ON f.id = s.film_id WHERE f.slug = %s AND s.kind = 'shot'
"""
FILMED = "SELECT count(*) FROM assets a JOIN films f ON f.id = a.film_id WHERE f.slug = %s AND a.kind = 'shot'"
FILMED_BY = """
SELECT count(*) FROM slots s JOIN takes t ON t.slot_id = s.id AND t.selected_at IS NOT NULL
JOIN assets a ON a.id = t.asset_id JOIN films f ON f.id = s.film_id
WHERE f.slug = %s AND s.kind = 'shot' AND a.provider = %s
"""
CARDS_S = (84 + 144) / 24


@pytest.fixture(scope="module")
def fal(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buying]:
    with simulated(tmp_path_factory.mktemp("simulator")) as there:
        yield buying(home, there, {"image": "fal", "video": "fal"})


@pytest.fixture(scope="module")
def door(fal: Buying, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fal.page("door", tmp_path_factory.mktemp("page"))


def test_the_film_costs_what_was_charged_as_it_was_estimated(fal: Buying, door: Path) -> None:
    estimated = fal.home.data("estimate", "--film", "a-door")[-1]["high_microusd"]
    # fal is busy, does not answer, and breaks off: what is asked costs nothing, and is asked again.
    fal.there.spoil("refuse", provider="fal", status=429, body='{"detail": "Too many"}', headers={"retry-after": "1"})
    fal.there.spoil("refuse", provider="fal", at="poll", status=503)
    fal.there.spoil("lose", provider="fal", at="download")

    done = fal.home.run("make", str(door), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    assert fal.home.rows(COSTS) == [(fal.charged,)]
    assert 0 < fal.charged <= estimated
    assert fal.home.rows(BASES) == [("image", "reported", True), ("video", "reported", True)]
    assert fal.home.rows(BUDGET, "a-door") == [(0, fal.charged)]
    assert audit(fal.home).faults == {}


def test_it_is_cut_to_the_frame_from_clips_that_are_longer_and_smaller(fal: Buying) -> None:
    length = look(fal.home, parse_film_key("home/a-door"), "film")["length"]

    [(bought_s, shots, shortest_s, width)] = fal.home.rows(SHOTS)
    assert length.offenders == ()
    assert length.facts["frames"] == length.facts["cut_frames"]
    assert length.facts["picture_s"] < bought_s + CARDS_S, "what was bought beyond the shots is cut off"
    assert shots >= 2
    assert (shortest_s, width) == (3.0, 360)


def test_made_again_it_buys_nothing(fal: Buying, door: Path) -> None:
    before = fal.charged

    done = fal.home.run("make", str(door), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    assert fal.charged == before


def test_a_run_that_is_killed_while_jobs_are_under_way_fetches_them_and_buys_none_again(
    fal: Buying, tmp_path: Path
) -> None:
    page = fal.page("hill", tmp_path)

    with fal.home.start("make", str(page), "--yes") as making:
        while fal.home.rows(UNDER_WAY) != [(True,)]:
            assert making.poll() is None, "it ended before it was killed"
            time.sleep(0.05)
        making.kill()
    before = fal.charged
    done = fal.home.run("make", str(page), "--yes")

    assert done.returncode == 0, done.stderr
    assert fal.charged > before, "the rest was bought"
    assert fal.home.data("ledger", "list") == []
    assert fal.home.rows(COSTS) == [(fal.charged,)]
    assert audit(fal.home).faults == {}


def test_what_a_run_began_with_a_crew_of_its_own_is_finished_by_one_without_it(fal: Buying, tmp_path: Path) -> None:
    page, before = replace(fal, crew={"video": "animatic"}).page("roof", tmp_path), fal.charged

    with fal.home.start("make", str(page), "--video", "fal", "--yes") as making:
        while fal.home.rows(UNDER_WAY) != [(True,)]:
            assert making.poll() is None, "it ended before it was killed"
            time.sleep(0.05)
        making.kill()
    begun = fal.home.rows("SELECT count(*) FROM generations WHERE settled_at IS NULL")
    done = fal.home.run("make", str(page), "--yes")

    assert done.returncode == 0, done.stderr
    assert "fal:fal-ai/kling-video/v3/standard/image-to-video had begun it, and it is finished" in done.stderr
    assert fal.home.rows("SELECT count(*) FROM generations WHERE settled_at IS NULL") == [(0,)]
    assert fal.home.rows(FILMED_BY, "a-roof", "fal") == begun
    assert fal.home.rows(BUDGET, "a-roof") == [(0, fal.charged - before)]
    assert audit(fal.home).faults == {}


def test_a_job_that_fails_is_named_costs_nothing_and_is_bought_anew(fal: Buying, tmp_path: Path) -> None:
    page, before = fal.page("wall", tmp_path), fal.charged
    fal.there.spoil("fail", provider="fal")

    failed = fal.home.run("make", str(page), "--yes")
    again = fal.home.run("make", str(page), "--yes")

    assert failed.returncode == 1
    assert "runner was disconnected" in failed.stderr
    assert again.returncode == 0, again.stderr
    assert fal.home.rows(BUDGET, "a-wall") == [(0, fal.charged - before)]
    assert audit(fal.home).faults == {}


def test_a_shot_that_speaks_for_itself_costs_its_sound_and_is_heard_and_one_from_outside_is_filmed_anew(
    fal: Buying, tmp_path: Path
) -> None:
    talking = replace(fal, crew={**fal.crew, "speech": "elevenlabs"})
    page = talking.page("gate", tmp_path, settings='talk = "own"')

    own = fal.home.run("make", str(page), "--yes")
    heard, [(before,)] = fal.home.rows(TALKS, "a-gate"), fal.home.rows(FILMED, "a-gate")
    checked = look(fal.home, parse_film_key("home/a-gate"), "film")
    (tmp_path / "film.toml").write_text((tmp_path / "film.toml").read_text().replace('"own"', '"off"'))
    off = fal.home.run("make", str(page), "--yes")

    assert own.returncode == off.returncode == 0, own.stderr + off.stderr
    assert heard == [("own", 126_000, "animatic")], "a recording that only guides costs nothing"
    assert {each for each in checked if checked[each].offenders} == set()
    assert fal.home.rows(TALKS, "a-gate") == [("off", 84_000, "elevenlabs")], "the guide is no voice"
    assert fal.home.rows(FILMED, "a-gate") == [(before + 1,)], "all other shots stay"
    assert audit(fal.home).faults == {}
