"""One film in this process, told as JSON on stdout: the seconds of each step, as Dagster's own log has them."""

import json

import dagster as dg

from director_dagster.definitions import defs

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(film: str) -> None:
    """Make the film, and tell what each of its steps took."""
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("films", [film])
        job = defs.resolve_job_def("make_film")
        result = job.execute_in_process(partition_key=film, run_config=QUIET, instance=instance)
        seconds = {
            each.step_key: each.end_time - each.start_time
            for each in instance.get_run_step_stats(result.run_id)
            if each.start_time is not None and each.end_time is not None
        }
    print(json.dumps(seconds))
