"""Runs from Dagster's page: what they make, keep and pay, by the provider's own count."""

import time
from typing import LiteralString

import pytest

from director_dagster_tests.film.audit import audit
from director_dagster_tests.runs.conftest import PAGE, Stage
from director_dagster_tests.runs.page import ASSETS
from director_dagster_tests.serving import eventually

pytestmark = pytest.mark.slow

SHOTS = 4
QUIET_S = 3.0
SPENT = "SELECT sum(generation_cost) FROM assets a JOIN films f ON f.id = a.film_id WHERE f.slug = %s"
MODELS = """
SELECT DISTINCT a.model FROM assets a JOIN films f ON f.id = a.film_id WHERE f.slug = %s AND a.kind = 'shot'
"""
FINALS = """
SELECT s.name, a.model FROM takes t JOIN slots s ON s.id = t.slot_id JOIN assets a ON a.id = t.asset_id
JOIN films f ON f.id = s.film_id WHERE f.slug = %s AND t.selected_at IS NOT NULL AND a.model = '0s-0.0'
"""
KEYS = """
SELECT DISTINCT g.client_ref FROM generations g JOIN films f ON f.id = g.film_id
WHERE f.slug = %s AND g.provider = 'loopback'
"""
EVENTS: LiteralString = "SELECT count(*) FROM event_logs WHERE run_id = %s AND dagster_event_type = %s"
ROWS = """
SELECT a.kind, a.name, a.digest FROM takes t JOIN slots s ON s.id = t.slot_id JOIN assets a ON a.id = t.asset_id
JOIN films f ON f.id = s.film_id JOIN workspaces w ON w.id = f.workspace_id
WHERE w.slug = %s AND f.slug = %s AND t.selected_at IS NOT NULL ORDER BY 1, 2, 3
"""
TAKES = """
SELECT s.name, count(DISTINCT t.asset_id), count(t.selected_at) FROM takes t JOIN slots s ON s.id = t.slot_id
JOIN films f ON f.id = s.film_id WHERE f.slug = %s AND s.kind = 'shot' GROUP BY 1 ORDER BY 1
"""
STATES = "SELECT g.state, count(*) FROM generations g JOIN films f ON f.id = g.film_id WHERE f.slug = %s GROUP BY 1"
HELD = """
SELECT count(*) FROM generations g JOIN films f ON f.id = g.film_id
WHERE f.slug = %s AND g.lease_until > clock_timestamp()
"""
FINISHING = """
SELECT t.run_id FROM run_tags t JOIN run_tags f ON f.run_id = t.run_id AND f.key = 'dagster/partition'
WHERE t.key = 'director/finishes' AND f.value = %s
"""
UNSETTLED = """
SELECT count(*) FROM generations g JOIN films f ON f.id = g.film_id WHERE f.slug = %s AND g.settled_at IS NULL
"""
MAKE = """
import sys
from director_dagster.cli.home import open_home
from director_dagster.definitions import make_now
from director_dagster.story.film import parse_film_key
open_home()
make_now(parse_film_key(sys.argv[1]), max_usd=10)
"""
OBSERVED = """
SELECT count(*) FROM event_logs WHERE run_id = %s AND dagster_event_type = 'ASSET_OBSERVATION' AND asset_key = %s
"""
TABLES = """
SELECT sum(json_array_length(entry -> 'entry_data' -> 'records'))
FROM event_logs e, LATERAL json_array_elements(
    e.event::json -> 'dagster_event' -> 'event_specific_data' -> 'materialization' -> 'metadata_entries') AS entry
WHERE e.run_id = %s AND e.dagster_event_type = 'ASSET_MATERIALIZATION' AND e.asset_key = '["shots"]'
    AND entry ->> 'label' = 'director/table'
"""


def test_what_a_killed_command_has_paid_is_fetched_and_reported_and_nothing_else_is_bought(stage: Stage) -> None:
    film = stage.film("home/left", model="4s-0.01", budget_usd=10)
    with stage.up.start(MAKE, film) as command:
        eventually(lambda: stage.charges(film, "shot"))
        command.kill()
    begun = set(stage.rows(KEYS, "left"))

    eventually(lambda: stage.rows(FINISHING, film) and stage.rows(UNSETTLED, "left") == [(0,)])
    [(run,)] = stage.rows(FINISHING, film)
    status = stage.page.over(run)

    assert set(stage.rows(KEYS, "left")) == begun, "what the command had not sent is nobody's to send"
    assert 0 < stage.charges(film) <= len(begun), "what was on its way when it died may be charged after; each once"
    assert status in {"SUCCESS", "FAILURE"}, "a failure where a piece had not been begun"
    assert stage.rows(EVENTS, run, "ASSET_MATERIALIZATION")[0][0] >= 5


def test_a_film_is_made_kept_and_run_again_without_paying_twice(stage: Stage) -> None:
    film = stage.film("home/made", model="0s-0.01", budget_usd=10)

    first = stage.page.over(stage.page.launch(film))
    charged, rows = stage.charges(film), stage.rows(ROWS, "home", "made")
    second = stage.page.over(stage.page.launch(film))

    assert (first, second) == ("SUCCESS", "SUCCESS")
    assert stage.charges(film) == charged >= 10
    assert stage.rows(ROWS, "home", "made") == rows
    assert stage.charges(film, "shot") == SHOTS
    assert float(stage.rows(SPENT, "made")[0][0]) == pytest.approx(charged * 0.01)


def test_a_new_film_from_the_page_alone_is_the_film_that_the_command_makes(stage: Stage) -> None:
    page = PAGE.format(line="Who made this?", name="MARA")
    script = stage.up.home / "same.fountain"
    script.write_text(page)
    (stage.up.home / "film.toml").write_text('format = "1:1"')
    config = {"ops": {"script": {"config": {"screenplay": page, "settings": {"format": "1:1"}}}}}

    stage.page.add_partition("by-page/same")
    run = stage.page.launch("by-page/same", config=config)
    status = stage.page.over(run)
    made = stage.up.run("make", str(script), "--workspace", "by-command", "--json")

    assert status == "SUCCESS", stage.page.failures(run)
    assert made.returncode == 0, made.stderr
    by_page, by_command = (stage.rows(ROWS, workspace, "same") for workspace in ("by-page", "by-command"))
    assert by_page == by_command
    assert len(by_page) >= 15


def test_a_partition_without_a_film_fails_in_one_line_that_says_what_to_do(stage: Stage) -> None:
    stage.page.add_partition("home/nobody")

    run = stage.page.launch("home/nobody")

    assert stage.page.over(run) == "FAILURE"
    assert list(stage.page.failures(run)) == ["script"], "nothing else was tried"
    told = stage.page.failures(run)["script"].strip()
    assert "director film add SCREENPLAY --workspace home --film nobody" in told
    assert len(told.splitlines()) == 1


def test_takes_wanted_of_a_named_shot_are_made_once_and_the_film_is_cut_anew(stage: Stage) -> None:
    film = stage.film("home/takes")
    stage.page.over(stage.page.launch(film))
    wanted = {"ops": {"shots": {"config": {"takes": {"sh010": 3}}}}}

    runs = [stage.page.over(stage.page.launch(film, config=wanted)) for _ in range(2)]

    assert runs == ["SUCCESS", "SUCCESS"]
    assert stage.charges(film, "shot") == SHOTS + 2
    assert stage.rows(TAKES, "takes") == [
        ("shot:sh010", 3, 1),
        ("shot:sh020", 1, 1),
        ("shot:sh030", 1, 1),
        ("shot:sh040", 1, 1),
    ]
    films = "SELECT count(*) FROM assets a JOIN films f ON f.id = a.film_id WHERE f.slug = 'takes' AND kind = 'film'"
    assert stage.rows(films) == [(2,)]


def test_another_crew_by_run_config_makes_what_is_wanted_and_keeps_all_else(stage: Stage) -> None:
    film = stage.film("home/crew")
    stage.page.over(stage.page.launch(film))
    charged = stage.charges(film)
    config = {
        "resources": {"studio": {"config": {"crew": {"video": "loopback:0s-0.0"}}}},
        "ops": {"shots": {"config": {"takes": {"sh020": 2}}}},
    }

    status = stage.page.over(stage.page.launch(film, config=config))

    assert status == "SUCCESS"
    assert stage.charges(film) == charged + 1
    assert sorted(stage.rows(MODELS, "crew")) == [("0s-0",), ("0s-0.0",)]


def test_shots_that_a_run_chooses_are_made_anew_by_its_crew_and_stay_so(stage: Stage) -> None:
    film = stage.film("home/finals")
    stage.page.over(stage.page.launch(film))
    charged = stage.charges(film)
    told = {"crew": {"video": "loopback:0s-0.0"}, "finals": ["sh020"]}

    chosen = stage.page.over(stage.page.launch(film, config={"resources": {"studio": {"config": told}}}))
    plain = stage.page.over(stage.page.launch(film))
    missing = {**told, "finals": ["sh999"]}
    refused = stage.page.launch(film, config={"resources": {"studio": {"config": missing}}})

    assert (chosen, plain, stage.page.over(refused)) == ("SUCCESS", "SUCCESS", "FAILURE")
    assert "there is no shot 'sh999'; this film has sh010" in str(stage.page.failures(refused))
    assert stage.charges(film) == charged + 1
    assert stage.rows(FINALS, "finals") == [("shot:sh020", "0s-0.0")]


def test_max_usd_stops_a_run_before_the_first_purchase_that_would_cross_it(stage: Stage) -> None:
    film = stage.film("home/poor", model="0s-0.01", budget_usd=10)
    config = {"resources": {"studio": {"config": {"max_usd": 0.035}}}}

    poor = stage.page.launch(film, config=config)

    assert stage.page.over(poor) == "FAILURE"
    assert stage.charges(film) == 3
    assert "max_usd" in str(stage.page.failures(poor))
    assert stage.page.over(stage.page.launch(film)) == "SUCCESS"
    assert float(stage.rows(SPENT, "poor")[0][0]) == pytest.approx(stage.charges(film) * 0.01)


def test_an_estimate_tells_the_price_and_spends_and_materializes_nothing(stage: Stage) -> None:
    film = stage.film("home/estimated", model="0s-0.01", budget_usd=10)

    run = stage.page.launch(film, job="estimate")

    assert stage.page.over(run) == "SUCCESS"
    assert stage.charges(film) == 0
    assert stage.rows(EVENTS, run, "ASSET_MATERIALIZATION") == [(0,)]
    told = stage.page.output_of(run, "estimate_film")
    assert stage.page.over(stage.page.launch(film)) == "SUCCESS"
    assert told["director/low_usd"] == told["director/cost_usd"] == pytest.approx(stage.charges(film) * 0.01)
    assert told["director/kept"] + told["director/reused"] + told["director/generated"] >= 15


def test_a_refused_piece_strands_none_of_its_siblings_and_is_alone_made_afterwards(stage: Stage) -> None:
    film = stage.film("home/refused", line="It is forbidden.")
    stage.loopback.refuse("forbidden")

    failed = stage.page.launch(film)
    status = stage.page.over(failed)
    before = stage.charges(film)
    time.sleep(QUIET_S)  # a leak would go on buying in this time

    assert status == "FAILURE"
    assert stage.charges(film) == before
    assert list(stage.page.failures(failed)) == ["dialogue"]
    assert "1 of 2 failed" in stage.page.failures(failed)["dialogue"]
    assert stage.charges(film, "line") == 1, "its sibling was recorded"
    assert stage.rows(OBSERVED, failed, '["dialogue"]') == [(1,)], "the figures of what was made"
    assert dict(stage.rows(STATES, "refused"))["refused"] == 1
    stage.loopback.refuse()
    again = stage.page.again(failed)
    assert stage.page.over(again) == "SUCCESS", stage.page.failures(again)
    assert stage.charges(film, "line") == 2
    assert stage.charges(film, "shot") == SHOTS


def test_a_cancelled_run_leaves_nothing_at_work_and_the_next_goes_on_with_what_was_bought(stage: Stage) -> None:
    film = stage.film("home/cancelled", model="6s-0")
    run = stage.page.launch(film)
    eventually(lambda: stage.charges(film, "character") > 0)

    stage.page.cancel(run)
    status = stage.page.over(run)
    charged = stage.charges(film)
    time.sleep(QUIET_S)

    assert status == "CANCELED"
    assert stage.charges(film) == charged
    assert stage.rows(HELD, "cancelled") == [(0,)], "nobody holds what it left"
    assert eventually(lambda: stage.workers() == [])
    assert stage.page.over(stage.page.launch(film)) == "SUCCESS"
    assert stage.charges(film) == len(stage.rows(KEYS, "cancelled")), "each was charged once"


def test_of_two_runs_of_one_film_the_second_follows_the_first(stage: Stage) -> None:
    film = stage.film("home/twice", model="1s-0")

    runs = [stage.page.launch(film), stage.page.launch(film)]

    assert [stage.page.over(run) for run in runs] == ["SUCCESS", "SUCCESS"]
    assert stage.charges(film) == len(stage.rows(KEYS, "twice")) >= 10
    assert [stage.rows(EVENTS, run, "ASSET_MATERIALIZATION") for run in runs] == [[(len(ASSETS),)]] * 2


def test_a_hundred_shots_of_a_second_fan_out_in_one_step_with_few_events(stage: Stage) -> None:
    film = stage.film("home/hundred", model="1s-0", scenes=34)

    run = stage.page.launch(film)

    assert stage.page.over(run) == "SUCCESS", stage.page.failures(run)
    shots = stage.charges(film, "shot")
    assert shots >= 100
    assert stage.rows(TABLES, run) == [(shots,)], "every shot stands in Dagster"
    assert stage.rows(OBSERVED, run, '["shots"]')[0][0] <= 1 + shots // 200 + 60 // 10


def test_afterwards_no_row_lacks_its_bytes_and_no_blob_its_row(stage: Stage) -> None:
    found = audit(stage.home)

    assert found.faults == {}
    assert found.assets >= 300
