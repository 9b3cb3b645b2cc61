"""Generated news: any number of small articles with furniture around them, each the same every time."""

import json
import random
from collections.abc import Iterable
from pathlib import Path


def _either(text: str) -> list[str]:
    return text.split(",")


TOWNS = _either(
    "Alder Bay,Brixholm,Carrow,Dunmore,Eastmere,Fallow Hill,Grantley,Harlan Forks,Inverlea,Jessop"
)
PEOPLE = _either(
    "Ada Lindgren,Tom Bessette,Noor Haddad,Luis Ortega,Mara Quill,Per Aasen,Ines Duarte,Olu Bello"
)
WHO = _either(
    "the harbour master,a spokesman for the council,the school board,the co-operative,two farmers,the county court,"
    "residents of the old mill,the ferry company,a retired surveyor,the volunteer fire brigade,the bakers' guild,"
    "the rail operator,a panel of engineers,the hospital trust,the market traders,the mayor's office"
)
DID = _either(
    "approved,rejected,postponed,reviewed,criticised,welcomed,published,financed,inspected,reopened,"
    "sold,repaired,measured,planned,abandoned,defended"
)
WHAT = _either(
    "the plan for a second bridge,a budget of {n} million dollars,the timetable for winter,{n} new apartments,"
    "the report on the flood of 2013,a loan of {n} thousand,the contract for street lighting,the dam at kilometre {n},"
    "a collection of {n} photographs,the rules for fishing boats,the swimming pool,the loading line,"
    "a survey of {n} households,the tender for school meals,the cable to the island,the case of the missing bell"
)
THEN = _either(
    "after a debate that lasted {n} hours,although costs rose by {n} percent,while neighbours looked on,"
    "before the season begins in May,for the first time since 19{n},despite a warning from the auditors,"
    "as the wind turned to the north,in a vote of {n} to 7,without naming a date,under the terms signed in March"
)
FURNITURE = ("Share this article", "Read more: Weather for the weekend", "0 Comments", "Advertisement")


def story(number: int, edition: int = 0) -> dict[str, str]:
    """Return an article of about 1 KB in the form of a wire: headline, byline, dateline, body, furniture.

    The same number and edition give the same story in every process. Another edition has another body under
    the same id.
    """
    rng = random.Random(f"{number}/{edition}")
    town, reporter = rng.choice(TOWNS), rng.choice(PEOPLE)
    title, lead, *sentences = (_sentence(rng) for _ in range(10))
    headline = f"{town}: {title.rstrip('.')}"
    body = [f"{town.upper()} (Plains Wire) - {lead}"]
    body += [" ".join(sentences[at : at + 2]) for at in range(0, 8, 2)]
    body.append(
        f"This was report {number} in edition {edition}, {reporter} said on {rng.choice(('Monday', 'Friday'))}."
    )
    place = rng.randrange(1, len(body))
    lines = [headline, f"By {reporter}", *body[:place], rng.choice(FURNITURE), *body[place:]]
    lines.append("Copyright 2013 Plains Wire. All rights reserved.")
    return {
        "id": f"wire-{number:07d}",
        "url": f"https://plainswire.example/{number}",
        "publisher": "Plains Wire",
        "text": "\n\n".join(lines),
    }


def write_stories(path: Path, stories: Iterable[dict[str, str]], broken_lines: int = 0) -> Path:
    """Write stories to a JSONL file, followed by lines that are not JSON."""
    lines = [json.dumps(story) for story in stories] + ['{"id": "wire-'] * broken_lines
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def _sentence(rng: random.Random) -> str:
    n = rng.randint(11, 99)
    parts = (rng.choice(WHO), rng.choice(DID), rng.choice(WHAT), rng.choice(THEN))
    text = " ".join(parts).replace("{n}", str(n))
    return f"{text[0].upper()}{text[1:]}."
