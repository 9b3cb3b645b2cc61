"""Headlines lose the site's name and nothing else."""

import pytest

from copydesk.tasks.metadata.titles import clean_title


@pytest.mark.parametrize(
    ("value", "sites", "expected"),
    [
        (
            "Harbour reopens after storm | The Daily Pebble",
            ["The Daily Pebble"],
            "Harbour reopens after storm",
        ),
        ("Harbour reopens – Pebble News", ["pebblenews.example"], "Harbour reopens"),
        ("Pebble News » Harbour reopens", ["Pebble News"], "Harbour reopens"),
        ("Talks - and more talks", ["Pebble News"], "Talks - and more talks"),
        ("Pebble News", ["Pebble News"], "Pebble News"),
        (
            "The pebble thief | A long read about stones",
            ["Pebble"],
            "The pebble thief | A long read about stones",
        ),
    ],
)
def test_only_the_name_of_the_site_goes(value: str, sites: list[str], expected: str) -> None:
    """A part goes if it is the site's name, and stays if it only contains the same word."""
    assert clean_title(value, sites) == expected
