"""Define the types that steps hand to each other, and the contract of the dataset.

Each module declares one concept: a document, a page, an article, a ledger row, a report, the settings. A
column of the dataset is declared once, on its dataclass: name, Arrow type, meaning.

Modules here have no behaviour beyond simple properties. They do no input or output and import nothing from
`tasks` or `flows`. They import each other's types directly; this package has no face of its own.

Begin with `document`, `page`, `article`: a document passes through them in this order.
"""
