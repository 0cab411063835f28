"""Dagster loads the studio as it is drawn: seven assets, their edges, one job."""

import subprocess
import sys
from typing import Any

import dagster as dg
import pytest

from director_dagster.definitions import defs
from director_dagster.defs.partitions import FILMS
from director_dagster.defs.script import BriefConfig
from director_dagster.errors import BadInput
from director_dagster.studio.estimate import NEEDS
from director_dagster_tests.film.graph import EDGES

SPECS = {
    "script": ("page", {"text"}, "The film's screenplay, written from its brief, and its list of shots."),
    "characters": (
        "page",
        {"image"},
        "A look for every character, location and prop of the script, and a voice for whoever speaks.",
    ),
    "dialogue": ("sound", {"audio"}, "A recording of every line that is said or told."),
    "music": ("sound", {"audio"}, "The film's score, and a bed of ambience for every place."),
    "storyboard": ("picture", {"image"}, "A drawn frame for every shot: its first picture."),
    "shots": ("picture", {"video"}, "A moving picture for every shot, as long as what is said in it."),
    "film": ("film", {"video"}, "The finished film with its subtitles, poster and contact sheet."),
}


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_assets_are_these(specs: dict[str, dg.AssetSpec]) -> None:
    found = {name: (spec.group_name, spec.kinds, spec.description) for name, spec in specs.items()}

    assert found == SPECS


def test_their_edges_are_those_of_the_design(specs: dict[str, dg.AssetSpec]) -> None:
    found = {(dep.asset_key.to_user_string(), name) for name, spec in specs.items() for dep in spec.deps}

    assert found == EDGES


def test_a_rehearsal_of_one_goes_through_all_that_it_needs(specs: dict[str, dg.AssetSpec]) -> None:
    before = {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()}

    def all_before(name: str) -> set[str]:
        return before[name].union(*map(all_before, before[name]))

    assert {name: set(needed) for name, needed in NEEDS.items()} == {name: all_before(name) for name in specs}


def test_all_are_partitioned_by_film_and_have_an_owner_and_a_code_version(specs: dict[str, dg.AssetSpec]) -> None:
    for spec in specs.values():
        assert isinstance(spec.partitions_def, dg.DynamicPartitionsDefinition)
        assert spec.partitions_def.name == "films"
        assert spec.owners
        assert spec.code_version


def test_one_job_makes_a_film_of_all_of_them() -> None:
    job = defs.resolve_job_def("make_film")

    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == set(SPECS)


def test_every_asset_has_its_checks_of_which_two_block_what_comes_after() -> None:
    specs = [spec for checks in definitions_of_checks() for spec in checks.check_specs]

    found: dict[str, set[str]] = {}
    for spec in specs:
        found.setdefault(spec.asset_key.to_user_string(), set()).add(spec.name)
    of_all = {"intact", "decodes", "complete", "priced", "lineage", "current"}
    assert found == {
        **dict.fromkeys(SPECS, of_all),
        "film": of_all | {"length", "loudness", "rights", "subtitles"},
    }
    assert {spec.name for spec in specs if spec.blocking} == {"intact", "decodes"}
    assert {spec.partitions_def for spec in specs} == {FILMS}
    assert all(spec.description for spec in specs)


def test_the_checks_of_an_asset_are_one_step_and_run_in_the_job() -> None:
    job = defs.resolve_job_def("make_film")

    steps = {checks.op.name for checks in definitions_of_checks()}
    assert steps == {f"check_{name}" for name in SPECS}
    assert steps <= set(job.graph.node_names())


def definitions_of_checks() -> list[dg.AssetChecksDefinition]:
    return [checks for checks in defs.asset_checks or () if isinstance(checks, dg.AssetChecksDefinition)]


@pytest.mark.slow
def test_nothing_is_asked_of_the_environment_while_loading() -> None:
    loaded = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", "import director_dagster.definitions"],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stderr == ""


def test_what_is_made_on_time_runs_as_soon_as_the_daemon_does() -> None:
    sensors, schedules = list(defs.sensors or ()), list(defs.schedules or ())

    assert {each.name for each in sensors} == {"edits", "inbox", "lost_assets", "reaper", "requests", "restarts"}
    assert {each.name for each in schedules if isinstance(each, dg.ScheduleDefinition)} == {
        "copies_schedule",
        "deep_scrub_schedule",
        "queue_schedule",
        "scrub_schedule",
    }
    assert {each.default_status for each in sensors} == {dg.DefaultSensorStatus.RUNNING}


def test_it_is_loadable() -> None:
    dg.Definitions.validate_loadable(defs)


def test_a_brief_in_run_config_is_an_idea_or_a_screenplay_with_its_settings() -> None:
    read = BriefConfig(idea="a fox finds a key", settings={"format": "1:1"}, replace=True).brief("fox")

    assert read is not None
    assert (read.brief.title, read.settings.format, read.replace) == ("a fox finds a key", "1:1", True)
    assert BriefConfig().brief("fox") is None


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"idea": "a fox", "screenplay": "INT. DEN - DAY\n\nA fox.\n"}, "give one of them"),
        ({"settings": {"format": "1:1"}}, "settings come with an idea or a screenplay"),
        ({"idea": "a fox", "settings": {"format": "7:3"}}, "settings: format"),
    ],
)
def test_a_brief_that_cannot_be_is_refused_in_one_line(config: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInput, match=line):
        BriefConfig(**config).brief("fox")
