"""What a person does on Dagster's page, asked of its GraphQL: launch, backfill, cancel, run again, look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from director_dagster_tests.serving import Up, eventually

REPOSITORY = {"repositoryLocationName": "director_dagster", "repositoryName": "__repository__"}
ASSETS = ("script", "characters", "dialogue", "music", "storyboard", "shots", "film")
RUN_S = 600
FILMS_S = 1200
OVER = {"SUCCESS", "FAILURE", "CANCELED"}

LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
AGAIN = """mutation($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
CANCEL = "mutation($run: String!) { terminateRun(runId: $run) { __typename } }"
STATUS = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status stepStats { stepKey status } } } }"
FAILURE = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events { __typename
  ... on ExecutionStepFailureEvent { stepKey error { message } failureMetadata { metadataEntries { label } } }
  ... on RunFailureEvent { message } } } } }"""
OUTPUT = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events { __typename
  ... on ExecutionStepOutputEvent { stepKey metadataEntries { label
    ... on FloatMetadataEntry { floatValue } ... on IntMetadataEntry { intValue } } } } } } }"""
BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) { __typename
  ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_AGAIN = """mutation($params: ReexecutionParams!) { reexecutePartitionBackfill(reexecutionParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
  status runs(limit: 100) { runId status tags { key value } } } } }"""
PARTITION = """mutation($key: String!, $repository: RepositorySelector!) { addDynamicPartition(
  partitionsDefName: "films", partitionKey: $key, repositorySelector: $repository) { __typename } }"""


@dataclass(frozen=True)
class Page:
    """Dagster's page of a running `director up`."""

    up: Up

    def add_partition(self, film: str) -> None:
        """What *Add a partition* does."""
        self.up.ask(PARTITION, key=film, repository=REPOSITORY)

    def launch(
        self,
        film: str,
        *,
        job: str = "make_film",
        config: Mapping[str, Any] | None = None,
        assets: Sequence[str] | None = None,
    ) -> str:
        """Launch a run for a film's partition, of all steps or of these assets; its id."""
        selector: dict[str, Any] = {**REPOSITORY, "jobName": job}
        if assets is not None:
            selector |= {"jobName": "__ASSET_JOB", "assetSelection": [{"path": [asset]} for asset in assets]}
        said = self.up.ask(
            LAUNCH,
            params={
                "selector": selector,
                "runConfigData": dict(config or {}),
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": film}]},
            },
        )["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        run_id: str = said["run"]["runId"]
        return run_id

    def launch_job(self, job: str) -> str:
        """Launch a run of a job that is of no film; its id."""
        params = {"selector": {**REPOSITORY, "jobName": job}, "runConfigData": {}}
        said = self.up.ask(LAUNCH, params=params)["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        run_id: str = said["run"]["runId"]
        return run_id

    def again(self, run_id: str) -> str:
        """What *Re-execute from failure* does; the new run's id."""
        said = self.up.ask(AGAIN, params={"parentRunId": run_id, "strategy": "FROM_FAILURE"})["launchRunReexecution"]
        assert said["__typename"] == "LaunchRunSuccess", said
        again: str = said["run"]["runId"]
        return again

    def cancel(self, run_id: str) -> None:
        """What *Terminate* does."""
        assert self.up.ask(CANCEL, run=run_id)["terminateRun"]["__typename"] == "TerminateRunSuccess"

    def status(self, run_id: str) -> str:
        """Where a run stands."""
        status: str = self.up.ask(STATUS, run=run_id)["runOrError"]["status"]
        return status

    def over(self, run_id: str) -> str:
        """How a run ended, when it has."""
        ended: str = eventually(lambda: status if (status := self.status(run_id)) in OVER else None, limit_s=RUN_S)
        return ended

    def failures(self, run_id: str) -> dict[str, str]:
        """Why steps of a run failed, by step."""
        events = self.up.ask(FAILURE, run=run_id)["logsForRun"]["events"]
        return {event["stepKey"]: event["error"]["message"] for event in events if event.get("error")}

    def output_of(self, run_id: str, step: str) -> dict[str, Any]:
        """The figures that a step of a job told with its output."""
        events = self.up.ask(OUTPUT, run=run_id)["logsForRun"]["events"]
        entries = next(event["metadataEntries"] for event in events if event.get("stepKey") == step)
        return {
            entry["label"]: entry.get("floatValue") if entry.get("floatValue") is not None else entry.get("intValue")
            for entry in entries
        }

    def backfill(self, films: Sequence[str], config: Mapping[str, Any] | None = None) -> str:
        """Launch a backfill of all assets over these films; its id."""
        said = self.up.ask(
            BACKFILL,
            params={
                "assetSelection": [{"path": [asset]} for asset in ASSETS],
                "partitionNames": list(films),
                "runConfigData": dict(config or {}),
            },
        )["launchPartitionBackfill"]
        assert said["__typename"] == "LaunchBackfillSuccess", said
        backfill_id: str = said["backfillId"]
        return backfill_id

    def backfill_again(self, backfill_id: str) -> str:
        """Launch what failed or is missing of a backfill; the new one's id."""
        params = {"parentRunId": backfill_id, "strategy": "FROM_FAILURE"}
        said = self.up.ask(BACKFILL_AGAIN, params=params)["reexecutePartitionBackfill"]
        assert said["__typename"] == "LaunchBackfillSuccess", said
        again: str = said["backfillId"]
        return again

    def backfill_stands(self, backfill_id: str) -> tuple[str, dict[str, str]]:
        """Where a backfill stands, and each of its runs by id; asked again while Dagster has no answer but an error."""

        def asked() -> dict[str, Any] | None:
            said: dict[str, Any] = self.up.ask(BACKFILL_STATUS, id=backfill_id)["partitionBackfillOrError"]
            return said if "status" in said else None

        stands: dict[str, Any] = eventually(asked)
        return stands["status"], {run["runId"]: run["status"] for run in stands["runs"]}

    def backfill_over(self, backfill_id: str) -> str:
        """How a backfill ended, when it has."""

        def ended() -> str | None:
            status, _ = self.backfill_stands(backfill_id)
            return status if status not in {"REQUESTED", "CANCELING", "FAILING"} else None

        status: str = eventually(ended, limit_s=FILMS_S)
        return status
