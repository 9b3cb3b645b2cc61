"""Compare a run with others: fingerprint of the pipeline, alarms, differences of a re-clean.

`fingerprint` decides whether an input must be read again, `alarm_checks` compares a run with earlier ones,
`reclean_diff` counts what newer rules change.

This folder never writes to the dataset.

Begin with `fingerprint.pipeline_fingerprint`.
"""

from copydesk.tasks.runs.alarm_checks import PAST_RUNS, alarms, signs_of
from copydesk.tasks.runs.fingerprint import pipeline_fingerprint
from copydesk.tasks.runs.reclean_diff import Diff, Loss

__all__ = ["PAST_RUNS", "Diff", "Loss", "alarms", "pipeline_fingerprint", "signs_of"]
