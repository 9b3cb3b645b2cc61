"""Invented newspapers with invented furniture, and text that only looks like furniture."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LANTERN, HERALD = "Tolmar Lantern", "Ostrava Bay Herald"

NEWSAGENT = "Ask your newsagent to put the Lantern aside for you every Thursday."
FILED = "Lantern archive sheet {} of {}"
SHELF = "Further along the shelf: {}"
PLUS = "{} Lantern readers dine at half price."

REFRAIN = "And the river runs on, and the river runs on, past the mill and the weir."
BACKGROUND = (
    "The Corvale dam burst on the night of the spring fair and carried away eleven houses in Lower Corvale."
)
SPEAKER = "Mara Velden"
DATELINE = "PORT TOLMAR (Kestrel Wire) - "
TIMELINE = "Timeline"

_WHO = [
    "council",
    "harbour master",
    "school board",
    "fire brigade",
    "orchard keepers",
    "rail union",
    "bakers",
    "museum",
    "county court",
    "choir",
    "ferry line",
    "water company",
    "night nurses",
    "chess club",
    "road crew",
    "fish market",
]
_DID = [
    "approved",
    "delayed",
    "questioned",
    "welcomed",
    "rejected",
    "measured",
    "repainted",
    "insured",
    "auctioned",
    "rebuilt",
    "mapped",
    "closed",
    "opened",
    "moved",
    "photographed",
    "counted",
]
_WHAT = [
    "a stone bridge",
    "the winter timetable",
    "nine new lamps",
    "the old granary",
    "a budget of three million",
    "its northern pier",
    "the tram depot",
    "an oak avenue",
    "the public baths",
    "a tide gauge",
    "the telephone exchange",
    "two lifeboats",
    "a box of letters",
    "the town clock",
    "the grain tax",
    "a weather station",
]
_WHERE = [
    "in Marrow Street",
    "near the quarry",
    "on the island of Senn",
    "beside the canal",
    "under the viaduct",
    "at Halden Cross",
    "behind the barracks",
    "along the coast road",
    "in the upper town",
    "by the salt works",
    "outside Wendlow",
    "on the fairground",
]
_WHY = [
    "after a long debate",
    "because the frost came early",
    "although nobody had asked for it",
    "while the mayor was abroad",
    "as the law requires",
    "for the first time in a century",
    "before the season begins",
    "to the surprise of the neighbours",
    "without a vote",
    "in spite of the cost",
]
_THEN = [
    "Work begins in autumn and should take two years",
    "Critics called the plan vague",
    "The figures were published on Friday",
    "A second hearing is due next month",
    "Residents brought their own chairs",
    "The minutes run to forty pages",
    "An engineer from Brill had warned of the damp",
    "Nobody was hurt",
    "The bill will be shared by three parishes",
    "Records of the affair go back to the flood",
]


class Document(NamedTuple):
    """A row of the input."""

    id: str
    publisher: str
    text: str


def sentence(rng: random.Random) -> str:
    """Return one of about 300,000 sentences."""
    return f"The {rng.choice(_WHO)} {rng.choice(_DID)} {rng.choice(_WHAT)} {rng.choice(_WHERE)} {rng.choice(_WHY)}."


def paragraph(rng: random.Random) -> str:
    """Return a paragraph that no two articles share."""
    return f"{sentence(rng)} {rng.choice(_THEN)}, said {rng.randrange(10_000)} people in a survey. {sentence(rng)}"


def headline(rng: random.Random) -> str:
    """Return a line without a full stop."""
    return f"{rng.choice(_WHO).capitalize()} {rng.choice(_DID)} {rng.choice(_WHAT)} {rng.choice(_WHERE)}"


def lantern(rng: random.Random, count: int) -> Iterator[Document]:
    """Yield articles with furniture of each form: a line, one with numbers, a common beginning, a common end."""
    for number in range(count):
        lines = [
            headline(rng),
            f"{rng.randrange(1, 28)} May {2010 + number % 9}",
            paragraph(rng),
            paragraph(rng),
            paragraph(rng),
        ]
        if number % 4 != 3:
            lines += [FILED.format(number * 7 + 1, number + 400), NEWSAGENT, SHELF.format(headline(rng))]
        if number % 2 == 0:
            lines.append(PLUS.format(paragraph(rng)))
        yield Document(f"lantern-{number}", LANTERN, "\n\n".join(lines))


def wire_copy(rng: random.Random, copies: int) -> Iterator[Document]:
    """Yield one agency story, printed repeatedly with a line of the paper's own."""
    story = [paragraph(rng) for _ in range(6)]
    for number in range(copies):
        yield Document(f"wire-{number}", HERALD, "\n\n".join([headline(rng), *story, sentence(rng)]))


def innocent(rng: random.Random, count: int) -> Iterator[Document]:
    """Yield different articles with lines that recur in articles themselves."""
    for number in range(count):
        first, *rest = (paragraph(rng) for _ in range(5))
        lines = [headline(rng), DATELINE + first, *rest]
        if number % 3 == 0:
            lines[3:3] = [REFRAIN, rest[0][:60].rsplit(" ", 1)[0] + " and on.", REFRAIN]
        if number % 3 == 1:
            lines[3:3] = [f"The flood at Corvale kept the {number} volunteers awake.", BACKGROUND, TIMELINE]
        if number % 3 == 2:
            lines[3:3] = [SPEAKER]
        yield Document(f"herald-{number}", HERALD, "\n\n".join(lines))


def write(path: Path, documents: Iterator[Document] | list[Document]) -> Path:
    """Write rows as JSONL."""
    path.write_text(
        "".join(json.dumps(document._asdict()) + "\n" for document in documents), encoding="utf-8"
    )
    return path
