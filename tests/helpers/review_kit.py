"""A dataset to review, with hostile documents in it, and a real server for it."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from discover_kit import Document, headline, innocent, lantern, paragraph, write
from ports import free_port

from copydesk.flows.cli import main
from copydesk.flows.cli.review_server import make_app
from copydesk.flows.cli.review_session import ReviewSession

TOKEN = "a-token-of-a-test"
EVIL_LINE = (
    'Ask "><img src=x onerror=alert(1)> \u202eeht rof </pre><b onclick=alert(2)>Lantern every Thursday'
)
ALONE = "Zwolkat brimsel otterquist venn"
"""A line whose words are in no other line: no rule can be made of it, because there is no near miss as proof."""
EVIL_PAGE = """<!doctype html><title>&lt;img src=x onerror=alert(1)&gt; &lt;/title&gt;&lt;script&gt;alert(2)&lt;/script&gt;</title>
<meta name="author" content='"><svg onload=alert(4)>'><nav><a href="/">Home</a> <a href="/w">World</a></nav>
<article><h1>&lt;img src=x onerror=alert(1)&gt; says the mayor of Port Ansel</h1>
<p>&lt;/div&gt;&lt;script&gt;alert(5)&lt;/script&gt; was what the mayor said on Tuesday, and nobody knew why she had said it.</p>
<p>&lt;a href="javascript:alert(6)" autofocus onfocus=alert(7)&gt; was her answer when the board came to the new quay.</p>
<p>Read more: &lt;script&gt;alert(9)&lt;/script&gt; \x1b]0;evil\x07 \u202e</p>
<p>Share this &lt;iframe src="https://evil.example/"&gt;&lt;/iframe&gt;</p></article>"""


def make_dataset(folder: Path) -> Path:
    """A newspaper with furniture, a page full of mark-up, and a document that is rejected."""
    rng = random.Random(9)
    documents = [
        document._replace(text=f"{document.text}\n\n{EVIL_LINE if number % 2 else ALONE}")
        for number, document in enumerate(lantern(rng, 14))
    ]
    rows = [
        *documents,
        *innocent(rng, 6),
        Document("gone", "Herald", "Share this\n\nShare this with Facebook\n\nTweet"),
    ]
    source = write(folder / "papers.jsonl", rows)
    evil = folder / "evil.html"
    evil.write_text(EVIL_PAGE, encoding="utf-8")
    story = folder / "story.txt"
    lines = [
        headline(rng),
        paragraph(rng),
        "Share this with Facebook",
        paragraph(rng),
        "Read more: Ten lamps for the quay",
    ]
    story.write_text("\n\n".join(lines), encoding="utf-8")
    words = ["--out", str(folder / "out"), "--publisher-column", "publisher", "--direct", "--workers", "1"]
    assert main(["ingest", str(source), str(evil), str(story), *words]) in (0, 3)
    return folder / "out"


@contextmanager
def served(dataset: Path, pack: Path) -> Iterator[str]:
    """Serve a review for as long as the block runs; yield its address, with the lines that recur counted."""
    port = free_port()
    with ReviewSession(str(dataset), pack, 5) as session:
        config = uvicorn.Config(
            make_app(session, TOKEN, port), host="127.0.0.1", port=port, lifespan="off", log_level="warning"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not (server.started and "recurring" in session._queues):
                assert thread.is_alive()
                time.sleep(0.05)
            assert session.trouble == ""
            yield f"http://127.0.0.1:{port}/{TOKEN}/"
        finally:
            server.should_exit = True
            thread.join()
