"""Copies and scrubs as Dagster runs them: what they show, when they fail, and when there is nothing to do."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from director_dagster.catalog.queries import blobs
from director_dagster.catalog.session import open_catalog
from director_dagster.definitions import defs
from director_dagster.defs.upkeep import copies_schedule
from director_dagster.settings import Env
from director_dagster.vault.store import Blob, Vault


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a store of copies beside it."""
    monkeypatch.setenv(Env.HOME, str(tmp_path / "home"))
    monkeypatch.setenv(Env.DATABASE_URL, database_url)
    monkeypatch.setenv(Env.COPIES, str(tmp_path / "second"))
    return tmp_path / "home"


@pytest.fixture
async def reel(home: Path, database_url: str) -> Blob:
    """A blob in the vault of the home."""
    blob = await Vault(home / "vault").put(b"reel", "txt")
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        await blobs.record(db, digest=blob.digest, size_bytes=blob.size_bytes, media_type="text/plain", extension="txt")
    return blob


def run(job: str) -> tuple[bool, dict[str, dict[str, Any]], str]:
    """Whether a job succeeded, what it shows of each store, and why it failed."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
    [step] = [each for each in result.all_events if each.is_step_failure or each.is_step_success]
    if step.is_step_failure:
        details = step.step_failure_data.user_failure_data
        assert details is not None
        metadata, why = details.metadata, details.description or ""
    else:
        [output] = [each for each in result.all_events if each.is_successful_output]
        metadata, why = output.step_output_data.metadata, ""
    table = metadata["director/table"]
    assert isinstance(table, dg.TableMetadataValue)
    return result.success, {str(each.data["store"]): dict(each.data) for each in table.records}, why


def test_what_the_vault_holds_is_copied_and_a_loss_is_brought_back(home: Path, reel: Blob, tmp_path: Path) -> None:
    copied, shown, _ = run("copies")
    Vault(home / "vault").locate(reel.digest).unlink()
    scrubbed, found, _ = run("scrub")
    read, _, _ = run("deep_scrub")

    assert copied
    assert shown[str(tmp_path / "second")]["copied"] == 1
    assert scrubbed
    assert (found["vault"]["missing"], found["vault"]["restored"]) == (1, 1)
    assert read
    assert Vault(home / "vault").locate(reel.digest).read_bytes() == b"reel"


def test_a_run_that_finds_something_lost_for_good_has_failed_and_says_what_to_do(home: Path, reel: Blob) -> None:
    Vault(home / "vault").locate(reel.digest).unlink()

    succeeded, shown, why = run("scrub")

    assert not succeeded
    assert shown["vault"]["lost"] == 1
    assert why == "blobs that are lost, and that no store has: 1. `director recover` tells what brings them back"


def test_the_clock_copies_where_there_is_anywhere_to_copy_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home
    with dg.instance_for_test() as instance:
        there = copies_schedule.evaluate_tick(dg.build_schedule_context(instance))
        monkeypatch.delenv(Env.COPIES)
        nowhere = copies_schedule.evaluate_tick(dg.build_schedule_context(instance))

    assert len(there.run_requests or []) == 1
    assert nowhere.skip_message == "DIRECTOR_COPIES names no store"
