"""One run of the step `shots` in this process, told as JSON on stdout: each figure of G1 to G3 has a fresh process.

The steps before it are a run of their own in the same process, so that nothing is measured that a film does once. What
it tells: seconds from the step's start to its materialization, as Dagster's own log has them; processor seconds and the
peak of resident memory of this process: all but the looking at media, Postgres and the provider.
"""

import json
import resource
from functools import partial

import dagster as dg

from director_dagster.definitions import defs

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
BEFORE = ("script", "characters", "storyboard")


def main(film: str, seconds: str) -> None:
    """Make the film's shots by a model that takes so long, and tell what it took."""
    crew = {"video": f"loopback:{seconds}s-0"}
    config = {**QUIET, "resources": {"studio": {"config": {"crew": crew}}}}
    job = defs.resolve_job_def("make_film")
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("films", [film])
        run = partial(job.execute_in_process, partition_key=film, run_config=config, instance=instance)
        run(asset_selection=[dg.AssetKey(name) for name in BEFORE])
        before = resource.getrusage(resource.RUSAGE_SELF)
        result = run(asset_selection=[dg.AssetKey("shots")])
        after = resource.getrusage(resource.RUSAGE_SELF)
        of_step = [entry for entry in instance.all_logs(result.run_id) if entry.step_key == "shots"]
        log = {entry.dagster_event_type: entry.timestamp for entry in of_step}
    told = {
        "seconds": log[dg.DagsterEventType.ASSET_MATERIALIZATION] - log[dg.DagsterEventType.STEP_START],
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_kib": after.ru_maxrss,
    }
    print(json.dumps(told))
