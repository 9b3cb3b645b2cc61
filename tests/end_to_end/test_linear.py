"""No step of the path is worse than linear in the length of a document, for any content."""

from collections.abc import Callable

import pytest

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from tests.benchmarks.bench_linear import Growth, growth, offenders
from tests.benchmarks.hostile_text import HOSTILE, rule_cases
from tests.benchmarks.steps import STEPS, stopwatch

SIZE = 24_000
"""Characters of the longest text: enough to show quadratic time, and few enough to run with each change."""


@pytest.fixture(scope="module")
def context() -> CleaningContext:
    """The shipped rules and weights, warmed up."""
    opened = CleaningContext.open([], Settings())
    clean(RawDocument(Origin("test"), "It\u00e2\u20ac\u2122s warm. " * 200, "text"), opened)
    return opened


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_linear_time(name: str, context: CleaningContext) -> None:
    """Four times the text takes at most 2.6 times 2.6 the time, in each step and in all."""
    bad, grown = offenders(HOSTILE[name], SIZE, context)
    assert not bad, {g.step: g.seconds for g in grown}


def test_examples_of_rules_in_one_line_take_linear_time(context: CleaningContext) -> None:
    """Every furniture that a pack knows, glued into one line again and again."""
    cases = rule_cases(context.rules)
    glued = "".join(make(120) for name, make in cases.items() if name.endswith("in one line"))
    bad, grown = offenders(lambda n: (glued * (n // len(glued) + 1))[:n], 4 * len(glued), context)
    assert not bad, {g.step: g.seconds for g in grown}


def test_a_quadratic_step_would_be_seen(context: CleaningContext) -> None:
    """The ratio test works: a step that compares every pair of lines fails it."""
    grown = [
        Growth("mark", (0.02, 0.08, 0.32)),
        Growth("classify", (0.02, 0.04, 0.08)),
        Growth("label", (1e-4, 1e-3, 5e-3)),
    ]
    assert [g.offends for g in grown] == [True, False, False]


def test_the_stopwatch_does_not_change_the_path(context: CleaningContext) -> None:
    """The steps are those of `clean`, and all steps are measured."""
    raw = RawDocument(
        Origin("test"), b"Harbour reopens\n" + b"Ships came back on Tuesday, and cranes worked. " * 5, "text"
    )
    with stopwatch() as spent:
        timed = clean(raw, context)
    assert timed == clean(raw, context)
    assert tuple(spent) == STEPS


def test_growth_is_measured_for_every_step(context: CleaningContext) -> None:
    """Three sizes, every step and the whole."""
    make: Callable[[int], str] = HOSTILE["prose in one line"]
    assert [g.step for g in growth(make, 4000, context)] == [*STEPS, "all"]
