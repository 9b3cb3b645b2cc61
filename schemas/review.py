"""A review of a dataset: the candidates that a person looks at, and the decisions on them."""

from typing import Final, Literal, NamedTuple

Kind = Literal["recurring", "removal", "document", "reject"]
Verdict = Literal["accepted", "refused"]

KINDS: Final[dict[Kind, str]] = {
    "recurring": "Lines that recur and stay",
    "removal": "Removals with low scores",
    "document": "Documents that lost most",
    "reject": "Rejected documents",
}
"""The queues of a review, in order, each with its title."""


class Candidate(NamedTuple):
    """One thing to decide."""

    id: str
    """Kind and hash, such as `removal-5d41402abc4b`: the same in every run over the same dataset."""
    kind: Kind
    text: str
    """The line, the removed stretch, the headline, or the reason."""
    about: tuple[str, ...]
    """The evidence, one fact a line."""
    documents: tuple[str, ...]
    """Ids of the articles that show it, or of the reject."""
    label: str = ""
    """The likely label of a line that recurs, or the label of a removal."""


class Decision(NamedTuple):
    """What a person decided on a candidate."""

    id: str
    """Id of the candidate."""
    kind: Kind
    verdict: Verdict
    text: str
    table: str
    """Id of the rule or of the must-keep lines in the pack; empty if nothing was written there."""
    at: str
    """UTC time, ISO 8601."""
