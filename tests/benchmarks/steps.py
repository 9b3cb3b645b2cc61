"""The path of a document with a stopwatch at each step."""

import time
from collections.abc import MutableMapping

from schemas.document import RawDocument
from schemas.report import Outcome
from tasks.assemble import assemble
from tasks.decode import decode
from tasks.label import label
from tasks.mark import mark
from tasks.pipeline import FRONT_ENDS, Desk
from tasks.repair import repair
from tasks.weigh import weigh

STEPS = ("decode", "front end", "repair", "mark", "weigh", "label", "assemble")


def stepwise(raw: RawDocument, desk: Desk, spent: MutableMapping[str, float]) -> Outcome:
    """Do what `tasks.pipeline.clean` does, and add the CPU seconds of each step to `spent`.

    A step that refuses the document raises: nothing here turns errors into rejects.
    """
    clock = time.process_time
    marks = [clock()]
    decoded = decode(raw, desk.settings)
    marks.append(clock())
    page = FRONT_ENDS[decoded.format](decoded)
    marks.append(clock())
    page = repair(page)
    marks.append(clock())
    page = mark(page, desk.book)
    marks.append(clock())
    page = weigh(page, desk.models[decoded.format])
    marks.append(clock())
    page = label(page)
    marks.append(clock())
    outcome = assemble(page, desk.stamp)
    marks.append(clock())
    for step, start, end in zip(STEPS, marks, marks[1:], strict=False):
        spent[step] = spent.get(step, 0.0) + end - start
    return outcome
