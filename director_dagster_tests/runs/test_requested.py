"""What is asked for is made by the real daemon: at once, from the queue, from the inbox; whoever is killed."""

import json
import os
import time
from collections.abc import Iterator

import pytest

from director_dagster.settings import Env
from director_dagster_tests.runs.conftest import MEDIA, PAGE, Stage, staged
from director_dagster_tests.serving import eventually

pytestmark = pytest.mark.slow

LONG_AGO_S = 60.0
SETTINGS = {"format": "1:1", "crew": dict.fromkeys(MEDIA, "loopback:0s-0")}
BY_SQL = """
INSERT INTO film_requests (workspace_id, film, screenplay, settings)
SELECT id, 'by-sql', %s, %s FROM workspaces WHERE slug = 'home' RETURNING film
"""
PAID = """
INSERT INTO film_requests (workspace_id, film, max_microusd, queued)
SELECT id, %s, %s, %s::boolean FROM workspaces WHERE slug = 'home' RETURNING film
"""
STATES = "SELECT film, state FROM film_requests"
WHY = "SELECT reason FROM film_requests WHERE film = %s"
BEGUN = "SELECT runs FROM film_requests WHERE film = %s AND runs <> '[]'"
RUNS = """
SELECT r.run_id, r.status FROM runs r JOIN run_tags t ON t.run_id = r.run_id AND t.key = 'director/request'
JOIN film_requests q ON q.id::text = t.value WHERE q.film = %s ORDER BY r.id
"""
CUT = "SELECT count(*) FROM assets a JOIN films f ON f.id = a.film_id WHERE f.slug = %s AND a.kind = 'film'"
PRICE_MICROUSD = 10_000


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A studio whose queue may spend two dollars a day."""
    with staged(tmp_path_factory.mktemp("stage"), {Env.QUEUE_USD: "2"}) as opened:
        yield opened


def test_all_that_is_asked_for_is_made_once_within_what_was_said_whoever_is_killed(stage: Stage) -> None:
    """By SQL, with the daemon killed between launching and writing down; from the queue, with its run killed as it
    buys; from the inbox; and one that may not spend enough."""
    for film in ("queued", "too-dear"):
        stage.film(f"home/{film}", model="0s-0.01", budget_usd=10)
    stage.rows(PAID, "queued", 1_000_000, "true")
    stage.rows(PAID, "too-dear", PRICE_MICROUSD, "false")
    stage.rows(BY_SQL, PAGE.format(name="FOX", line="Who asked?"), json.dumps(SETTINGS))
    put(stage, "by-inbox")

    launched = eventually(lambda: stage.rows(RUNS, "by-sql"))
    begun = stage.rows(BEGUN, "by-sql")
    daemon = stage.up.server("daemon")
    assert daemon is not None
    daemon.kill()
    taken = stage.page.launch_job("queue")
    buys = eventually(lambda: stage.charges("home/queued") >= 3 and stage.rows(RUNS, "queued"))
    maker = stage.up.maker(buys[0][0])
    assert maker is not None
    maker.kill()
    ended = eventually(lambda: states(stage) if not {"waiting", "launched"} & set(states(stage).values()) else None)
    eventually(lambda: stage.rows(CUT, "by-inbox")[0][0])

    assert stage.page.status(taken) == "SUCCESS"
    assert begun == [], "the daemon was killed before the run had written down that it began"
    assert ended == {"by-sql": "done", "queued": "done", "too-dear": "failed"}
    assert [status for _, status in stage.rows(RUNS, "by-sql")] == ["SUCCESS"], "launched once"
    assert stage.rows(RUNS, "by-sql")[0][0] == launched[0][0]
    assert [status for _, status in stage.rows(RUNS, "queued")] == ["FAILURE", "SUCCESS"]
    keys = [charge["key"] for charge in stage.loopback.charges()]
    assert len(keys) == len(set(keys)), "nothing was paid twice"
    assert (stage.charges("home/too-dear"), stage.rows(RUNS, "too-dear")) == (0, [])
    assert "the request lets $0.01 be spent" in stage.rows(WHY, "too-dear")[0][0]
    assert all(stage.rows(CUT, film)[0][0] for film in ("by-sql", "queued"))


def states(stage: Stage) -> dict[str, str]:
    return dict(stage.rows(STATES))


def put(stage: Stage, name: str) -> None:
    """Put a screenplay into the inbox, whole since long ago, with its settings."""
    folder = stage.up.home / "inbox"
    folder.mkdir(exist_ok=True)
    crew = "".join(f'{medium} = "animatic"\n' for medium in MEDIA)
    for file, text in (
        (f"{name}.toml", f'format = "1:1"\n[crew]\n{crew}'),
        (f"{name}.fountain", "INT. DEN - DAY\n\nThe den is empty.\n"),
    ):
        (folder / file).write_text(text, encoding="utf-8")
        then = time.time() - LONG_AGO_S
        os.utime(folder / file, (then, then))
