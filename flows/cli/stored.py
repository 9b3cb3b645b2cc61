"""A document of a dataset, explained: the ledger as it was written, over the document as the scraper had it."""

from pathlib import Path

from copydesk.flows.cli.document import explain_raw
from copydesk.flows.configuration import Plan, plan_of
from copydesk.schemas.article import Article
from copydesk.schemas.errors import DocumentError, UsageError
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.parts import BodyBlock, Caption, Evidence
from copydesk.schemas.report import Outcome
from copydesk.schemas.request import IngestRequest
from copydesk.tasks.decode import decode
from copydesk.tasks.pipeline import FRONT_ENDS, CleaningContext
from copydesk.tasks.report import Explanation, fits, rebuild_text
from copydesk.tasks.store import Filter, Lookup, find_article, rejected, replayable, resolve, why_untried


def explain_stored(dataset: str, given: str) -> Explanation:
    """Explain an article or a rejected document of a dataset, by its id or the beginning of the id.

    An article is shown as it was written. A rejected document is cleaned again with the rules that the dataset
    remembers, so that the page shows the current reason. Raises UsageError if there is no such document.
    """
    out = Path(dataset)
    resolve(out)
    plan = plan_of(IngestRequest((), dataset))
    try:
        id_ = find_article(out, given)
    except UsageError as no_article:
        return _rejected(out, given, plan, no_article)
    with Lookup(out, fixed=True) as lookup:
        article = lookup.rows([id_], "articles", list(Article.__dataclass_fields__)).to_pylist()[0]
        rows = lookup.rows([id_], "ledger", list(LedgerRow.__dataclass_fields__)).to_pylist()
        stored = lookup.document(id_)
    ledger = tuple(sorted((LedgerRow(**row) for row in rows), key=lambda row: row.seq))
    for name, kind in (("blocks", BodyBlock), ("captions", Caption), ("evidence", Evidence)):
        article[name] = [kind(**each) for each in article[name]]
    outcome = Outcome(Article(**article), ledger)
    name = (
        f"{dataset}, article {id_}: {outcome.result.source}" if isinstance(outcome.result, Article) else id_
    )
    if stored is not None:
        try:
            text = FRONT_ENDS[stored.raw.format](decode(stored.raw, plan.settings)).text
        except DocumentError:  # another version took it, and this one does not
            text = ""
        if fits(ledger, text):
            return Explanation(outcome, text, plan.rules.whys(), name)
    text, moved = rebuild_text(ledger)
    return Explanation(Outcome(outcome.result, moved), text, plan.rules.whys(), name, from_ledger=True)


def _rejected(out: Path, given: str, plan: Plan, no_article: UsageError) -> Explanation:
    from tempfile import TemporaryDirectory

    try:
        (found,) = rejected(out, Filter(ids=(given,)))
    except UsageError:
        raise no_article from None
    ((_, raw),) = replayable(out, [found])
    if raw is None:
        why = {"unread": "the reader made no document of it", "not-kept": "its content is not kept"}[
            why_untried(found)
        ]
        raise UsageError(f"{found.id}: rejected by {found.stage}: {found.reason}: {found.detail}; {why}")
    with TemporaryDirectory(prefix="copydesk-") as folder:
        return explain_raw(raw, CleaningContext.open(plan.write_packs(Path(folder)), plan.settings))
