"""What a made film leaves in the catalog, asked as the founding guide asks."""

import contextlib
import shutil
from pathlib import Path

import pytest

from director_dagster.catalog.metadata import REQUIRED
from director_dagster.catalog.rows import ORDER
from director_dagster.studio.kinds import node_of
from director_dagster_tests.catalog import guide_sql
from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.conftest import Home, fresh_home
from director_dagster_tests.film.graph import EDGES

pytestmark = pytest.mark.slow

EDGE_ROWS = """
SELECT s.kind, s.type, a.kind, a.type FROM asset_sources e
JOIN assets a ON a.id = e.asset_id JOIN assets s ON s.id = e.source_id
"""


@pytest.fixture(scope="module")
def made(home_of_short: Home) -> Home:
    """A home with one film in it."""
    return home_of_short


def test_every_edge_between_rows_runs_along_an_edge_of_dagsters_graph(made: Home) -> None:
    edges = {(node_of(*row[:2]), node_of(*row[2:])) for row in made.rows(EDGE_ROWS)}

    assert {edge for edge in edges if edge[0] != edge[1]} <= EDGES
    assert len(edges) >= 9


def test_frame_dialogue_music_and_film_come_first_of_all_from_the_script_and_a_shot_from_its_frame(made: Home) -> None:
    rows = made.rows(
        "SELECT a.kind, s.kind, count(*) FROM assets a JOIN assets s ON s.id = a.source_asset_id GROUP BY 1, 2"
    )

    primary = {kind: source for kind, source, _ in rows}
    assert {kind: primary[kind] for kind in ("frame", "dialogue", "music", "film", "shot")} == {
        "frame": "script",
        "dialogue": "script",
        "music": "script",
        "film": "script",
        "shot": "frame",
    }


def test_the_guides_questions_are_answered_as_the_rows_say(made: Home) -> None:
    rows = made.rows("SELECT id, type, kind, url, source, source_asset_id, generation_cost, workspace_id FROM assets")
    generated = [row for row in rows if row[4] == "generation"]
    script = next(row for row in rows if row[2] == "script")

    assert made.ask(guide_sql.TOTAL_SPENT) == [(sum(row[6] for row in generated),)]
    assert {row[0] for row in made.ask(guide_sql.COST_BY_TYPE)} == {row[1] for row in generated}
    assert {row[0] for row in made.ask(guide_sql.COST_BY_CHARACTER)} >= {"MARA", "TOM"}
    counted = made.ask(guide_sql.FAILED_AND_SUCCESSFUL.replace("workspace_uuid", str(script[7])))
    assert counted == [(len(generated), 0, 0)]
    assert len(made.ask(guide_sql.ALL_ATTEMPTS.replace("workspace_uuid", str(script[7])))) == len(generated)
    tree = {row[0] for row in made.ask(guide_sql.DERIVATIVES.replace("source_asset_uuid", str(script[0])))}
    assert tree == _derived(script[0], {row[0]: row[5] for row in rows})


def _derived(root: object, source_of: dict[object, object]) -> set[object]:
    found, size = {root}, 0
    while size < len(found):
        size = len(found)
        found |= {asset for asset, source in source_of.items() if source in found}
    return found


def test_every_generated_row_says_all_that_the_guide_asks(made: Home) -> None:
    rows = made.rows("SELECT type, generation_metadata, tags, url FROM assets WHERE source = 'generation'")

    for type_, metadata, tags, url in rows:
        assert set(REQUIRED[type_]) <= set(metadata)
        assert "ai-generated" in tags
        assert url.startswith("vault:sha256/")


def test_every_asset_and_film_and_workspace_has_its_sidecar(made: Home) -> None:
    query = "SELECT id FROM assets UNION SELECT id FROM films UNION SELECT id FROM workspaces"
    ids = {f"{row[0]}.json" for row in made.rows(query)}

    assert {file.name for file in (made.path / "vault" / "sidecars").rglob("*.json")} == ids


def test_a_film_that_was_made_is_there_again_when_its_database_is_lost(
    made: Home, postgres_url: str, tmp_path: Path
) -> None:
    before = {table: made.ask(f"TABLE {table} ORDER BY 1, 2, 3") for table in ORDER}
    shutil.copytree(made.path / "vault", tmp_path / "home" / "vault")
    with contextlib.closing(fresh_home(postgres_url, tmp_path / "home")) as homes:
        lost = next(homes)

        done = lost.run("rebuild", "--json")
        after = {table: lost.ask(f"TABLE {table} ORDER BY 1, 2, 3") for table in ORDER}
        partitions = lost.rows("SELECT partition FROM dynamic_partitions")

    assert done.returncode == 0, done.stderr
    assert {table for table in ORDER if before[table] != after[table]} == set()
    assert partitions == [("home/short",)]


def test_a_film_leaves_by_one_command_and_comes_by_another(made: Home, postgres_url: str, tmp_path: Path) -> None:
    bag = str(tmp_path / "bag")
    with contextlib.closing(fresh_home(postgres_url, tmp_path / "away")) as homes:
        away = next(homes)

        [written] = made.data("export", "short", bag)
        twice = made.run("export", "short", bag)
        [brought] = away.data("import", bag)
        again = away.run("import", bag)
        partitions = away.rows("SELECT partition FROM dynamic_partitions")
        rows = {table: away.ask(f"TABLE {table} ORDER BY 1, 2, 3") for table in ("assets", "takes", "asset_sources")}
        faults = audit(away).faults

    assert (written["name"], written["lost"], brought["films"]) == ("home/short", [], ["home/short"])
    assert brought["assets"] == written["rows"]["assets"]
    assert twice.returncode == 2
    assert twice.stderr.endswith("something is there already; a bag is written to a new or an empty folder\n")
    assert again.stderr == "home/short: all of it was here; nothing is changed\n"
    assert partitions == [("home/short",)]
    assert {table: made.ask(f"TABLE {table} ORDER BY 1, 2, 3") for table in rows} == rows
    assert faults == {}


def test_no_blob_lacks_its_row_and_no_row_its_blob(made: Home) -> None:
    digests = {row[0] for row in made.rows("SELECT digest FROM blobs")}

    assert {file.name for file in (made.path / "vault" / "sha256").rglob("*") if file.is_file()} == digests
    assert list((made.path / "vault" / "staging").iterdir()) == []
