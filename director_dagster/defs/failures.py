"""Failures: why a run has failed, in one line, and whether it was the film's fault or an outage of our own."""

from collections.abc import Sequence

import dagster as dg

from director_dagster.defs import metadata
from director_dagster.errors import DirectorError, Outage, Unavailable
from director_dagster.studio.report import PiecesFailed

OUTAGE = "director/outage"
"""The mark of a step's failure that nothing but an outage of our own has caused."""

STOPPED = "stopped; what is made is kept, and the same command goes on from there"
DIED = "director/died"
"""The tag of a run that was reported as failed because the process that made it is gone."""

WHY, BY_ITSELF = "dagster/failure_reason", {"STEP_FAILURE", "RUN_EXCEPTION", "JOB_INITIALIZATION_FAILURE"}
GONE = {"DatabaseUnavailable", "DagsterPostgresException", "OperationalError", "InterfaceError"}
"""What is said of a Postgres that is gone: by us, by Dagster, by the library that Dagster asks it with."""

UNTOLD = "the run failed; its log says why"


def failure(error: DirectorError) -> dg.Failure:
    """An error of ours as Dagster's: in our words, with the figures of what was made, marked where only an outage has
    caused it, and never to be tried again by a step's own policy unless nothing was decided."""
    figures = metadata.of(error.report) if isinstance(error, PiecesFailed) else {}
    outage = error.outage if isinstance(error, PiecesFailed) else isinstance(error, Outage)
    mark = {OUTAGE: dg.MetadataValue.bool(True)} if outage else {}
    return dg.Failure(str(error), metadata={**figures, **mark}, allow_retries=isinstance(error, Unavailable))


def reason_in(result: dg.ExecuteInProcessResult) -> str:
    """What the first failed step says of itself: a refusal in our words, or the error that nobody expected."""
    return next(filter(None, map(_why, result.all_events)), "") or UNTOLD


def reason_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Why a run failed, in one line: what its first failed step says of itself, or what Dagster says of the run."""
    return next(filter(None, map(_why, _failures(instance, run))), "") or UNTOLD


def has_died(run: dg.DagsterRun) -> bool:
    """Whether a failed run has not failed by itself: the process that made it is gone, or never began."""
    return DIED in run.tags or run.tags.get(WHY) not in BY_ITSELF


def is_outage(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether nothing has failed a run but that its process, a helper of it or Postgres was gone."""
    if has_died(run):
        return True
    logged = _failures(instance, run)
    # What a run says of itself repeats its steps, without their marks.
    steps = [event for event in logged if event.is_step_failure]
    said = [each for each in map(_says_outage, steps or logged) if each is not None]
    return bool(said) and all(said)


def _failures(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Sequence[dg.DagsterEvent]:
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    logged = instance.all_logs(run.run_id, of_type=kinds)
    return [entry.dagster_event for entry in logged if entry.dagster_event is not None]


def _says_outage(event: dg.DagsterEvent) -> bool | None:
    """Whether an outage is what has failed a step, or a run outside of its steps; None where the event does not say."""
    if event.is_step_failure:
        if event.step_failure_data.user_failure_data is not None:
            return OUTAGE in event.step_failure_data.user_failure_data.metadata
        error = event.step_failure_data.error
    else:
        error = None if event.event_specific_data is None else event.job_failure_data.error
    if error is None:
        return None
    while error is not None:
        if error.cls_name in GONE:
            return True
        error = error.cause
    return False


def _why(event: dg.DagsterEvent) -> str:
    """Why a step, or a run outside of its steps, failed; empty for any other event."""
    if event.is_step_failure:
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return data.user_failure_data.description
        where, error = f"{event.step_key}: ", data.error
    elif event.event_type is dg.DagsterEventType.RUN_FAILURE:
        # Who reports a run as failed from outside gives a message alone.
        where, error = "", None if event.event_specific_data is None else event.job_failure_data.error
        if error is None:
            return " ".join((event.message or "").split())
    else:
        return ""
    if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
        return STOPPED
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is None:
        return ""
    told = " ".join(error.message.split())
    # A refusal of ours, as the studio could not be opened: Dagster puts its own class before our words.
    return told.partition(": ")[2] if error.cls_name == "Failure" else f"{where}{told}"
