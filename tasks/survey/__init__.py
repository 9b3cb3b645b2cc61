"""Count a dataset for its report: shares, rules, lines that recur, samples, rejects, runs.

It reads batches of rows from front to back, twice, and holds counters and a few hundred examples. So its
memory depends on the number of publishers and rules, not on the number of articles. The same dataset gives
the same figures and samples. Never here: reading files (the caller passes batches) and drawing
(`copydesk.tasks.report` does that). Begin with `counting.survey`.
"""

from copydesk.tasks.survey.counting import Source, survey

__all__ = ["Source", "survey"]
