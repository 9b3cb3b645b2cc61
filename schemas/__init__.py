"""The types that the steps hand to each other, and the contract of what copydesk writes."""
