"""The types that steps hand to each other, and the contract of the dataset.

Each module declares one concept: a document, a page, an article, a ledger row, a report, the settings.
A column of the dataset is declared once, on its dataclass: name, Arrow type, meaning.

Never here: behaviour beyond a property, input or output, imports from `tasks` or `flows`.
Modules import each other's types directly; this package has no face of its own.

Begin with `document`, `page`, `article`: a document passes through them in this order.
"""
