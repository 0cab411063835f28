"""Which runs are reported as failed because their process is gone: real processes, killed as they begin."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from director_dagster.defs import runs
from director_dagster.defs.failures import has_died

OURS = {runs.LOCATION: runs.OURS}
BEGUN, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE
BEGIN = """
import json, sys, time
import dagster as dg
from director_dagster.defs import runs

@dg.resource
def studio(context):
    if sys.argv[1] == "signed":
        runs.sign(context)
    print("opened", flush=True)
    time.sleep(600)

@dg.op(required_resource_keys={"studio"})
def step(context):
    pass

@dg.job(resource_defs={"studio": studio})
def make_film():
    step()

make_film.execute_in_process(instance=dg.DagsterInstance.get(), tags=json.loads(sys.argv[2]))
"""
"""A run that stands still as it opens its studio: before it has signed, or afterwards."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance that other processes find too."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as opened:
        yield opened


@contextmanager
def begun(*, signed: bool, tags: Mapping[str, str] = OURS) -> Iterator[None]:
    """A process that has begun a run; it is killed at the end."""
    arguments = ["signed" if signed else "unsigned", json.dumps(dict(tags))]
    with subprocess.Popen([sys.executable, "-c", BEGIN, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "opened\n"
            yield
        finally:
            process.kill()


def looked_at(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """The only run, once the dead were reported."""
    runs.report_dead(instance)
    [run] = instance.get_runs()
    return run


def test_a_run_fails_when_its_process_is_gone_and_not_before(instance: dg.DagsterInstance) -> None:
    with begun(signed=True):
        alive = looked_at(instance)

    dead = looked_at(instance)

    assert (alive.status, dead.status) == (BEGUN, FAILED)
    assert has_died(dead)


def test_a_run_of_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    with begun(signed=True):
        pass
    [run] = instance.get_runs()
    instance.add_run_tags(run.run_id, {runs.HOST: "elsewhere"})

    assert looked_at(instance).status == BEGUN


def test_a_run_whose_process_was_killed_before_it_had_signed_fails_after_a_while(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which process that was, so it is given the time that Dagster gives a run to begin."""
    with begun(signed=False):
        pass

    young = looked_at(instance)
    monkeypatch.setattr(runs, "SIGNED_WITHIN_S", 0)
    dead = looked_at(instance)

    assert (young.status, dead.status) == (BEGUN, FAILED)
    assert has_died(dead)


@pytest.mark.parametrize("tags", [{}, {runs.LOCATION: "somebody_elses"}])
def test_a_run_of_somebody_elses_code_never_signs_and_is_left_alone(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tags: Mapping[str, str]
) -> None:
    monkeypatch.setattr(runs, "SIGNED_WITHIN_S", 0)
    with begun(signed=False, tags=tags):
        pass

    assert looked_at(instance).status == BEGUN


def test_a_run_that_is_tried_again_is_not_judged_by_the_process_before(instance: dg.DagsterInstance) -> None:
    """It has that one's tags until it signs itself."""
    earlier = {runs.RUN: "the run before", runs.HOST: "here", runs.PID: "1", runs.STARTED: "0.00"}
    with begun(signed=False, tags={**OURS, **earlier}):
        assert looked_at(instance).status == BEGUN
