"""`copydesk review` as a browser and as an attacker meet it: a real server, real files."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from discover_kit import NEWSAGENT
from review_kit import ALONE, TOKEN, make_dataset, served

from copydesk.flows.cli import main
from copydesk.schemas.errors import UsageError
from copydesk.tasks.discover.pack_file import read_tables
from copydesk.tasks.review import decisions_file, read_decisions
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import load


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("review"))


class Person:
    """Somebody with a browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.origin = "/".join(base.split("/")[:3])

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send one request, on a connection of its own."""
        with httpx.Client(follow_redirects=True, trust_env=False, timeout=60) as client:
            return client.request(method, url, **more)

    def get(self, path: str = "") -> str:
        answer = self.ask("GET", self.base + path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.ask("POST", self.base + path, data=fields, headers={"Origin": self.origin})

    def first(self, kind: str) -> str:
        """The id of the first candidate of a queue."""
        url = str(self.ask("GET", f"{self.base}q/{kind}").url)
        return url.rpartition("/c/")[2]

    def candidate_with(self, kind: str, text: str) -> str:
        """The id of the candidate with this text."""
        identity = self.first(kind)
        for _ in range(300):
            page = self.get(f"c/{identity}")
            line = re.search(r'<p class="line" dir="auto">(.*?)</p>', page, re.DOTALL)
            assert line is not None
            if text in unescape(line[1]):
                return identity
            following = re.search(r'href="[^"]*/c/([a-z0-9-]+)" data-key="s"', page)
            assert following is not None, f"no candidate with {text!r}"
            identity = following[1]
        raise AssertionError(text)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.fixture
def person(dataset: Path, pack: Path) -> Iterator[Person]:
    with served(dataset, pack) as base:
        yield Person(base)


def test_accepting_writes_a_rule_and_undo_takes_it_back(person: Person, pack: Path, dataset: Path) -> None:
    """The page shows what the rule takes. After undo the pack is as before, and the candidate is there again."""
    pack.write_text("# Ours.\n")
    identity = person.candidate_with("recurring", NEWSAGENT.lower())
    page = person.get(f"c/{identity}")
    lines = re.search(r"takes (\d+) kept lines out of (\d+) documents", page)
    assert lines is not None
    assert lines.groups() == ("11", "11")
    assert "matches" in page
    answer = person.post(f"c/{identity}", verdict="accepted", label="ad")
    assert answer.status_code == 200
    (rule,) = read_tables(pack).rules
    assert (rule.id, rule.label) == ("mine/ad/ask-your-newsagent-to-put-the-lantern-as", "ad")
    assert check(load([pack])) == []
    (decision,) = read_decisions(pack).values()
    assert (decision.id, decision.verdict, decision.table) == (identity, "accepted", rule.id)
    assert f"accepted: {NEWSAGENT.lower()[:40]}" in unescape(answer.text)
    assert identity not in str(answer.url.path)
    undone = person.post("undo", id=identity)
    assert str(undone.url).endswith(f"/c/{identity}")
    assert pack.read_text() == "# Ours.\n"
    assert read_decisions(pack) == {}


def test_decisions_count_when_the_dataset_is_cleaned_again(tmp_path: Path) -> None:
    """The command on the overview removes as many lines as the page said, and a refused removal stays everywhere."""
    dataset, pack = make_dataset(tmp_path), tmp_path / "mine.toml"
    with served(dataset, pack) as base:
        person = Person(base)
        line = person.candidate_with("recurring", NEWSAGENT.lower())
        takes = re.search(r"takes (\d+) kept lines", person.get(f"c/{line}"))
        person.post(f"c/{line}", verdict="accepted", label="ad")
        removal = person.first("removal")
        brings = re.search(r"brings back (\d+) removed stretches", person.get(f"c/{removal}"))
        person.post(f"c/{removal}", verdict="refused")
        command = re.search(r"copydesk (reclean .*) --dry-run</pre>", unescape(person.get()))
    assert takes is not None
    assert brings is not None
    assert command is not None
    assert main([*shlex.split(command[1]), "--workers", "1"]) == 0
    (rule,), (keep,) = read_tables(pack)
    rows = pq.read_table(dataset / "ledger", columns=["rule", "kept", "text"]).to_pylist()
    assert [row["kept"] for row in rows if row["rule"] == rule.id] == [False] * int(takes[1])
    back = [row["text"] for row in rows if row["rule"] == keep.id and row["kept"]]
    assert set(back) == set(keep.lines)
    assert len(back) >= int(brings[1])  # the other decision has more of them removed, and they stay, too
    assert not [row for row in rows if not row["kept"] and row["text"] in keep.lines]
    assert not [row for row in rows if row["kept"] and row["text"] == NEWSAGENT]


def test_refusing_a_line_keeps_it_from_being_proposed(person: Person, pack: Path, dataset: Path) -> None:
    """Refused lines are must-keep lines of the pack, which count against the proposal in the next session."""
    identity = person.candidate_with("recurring", NEWSAGENT.lower())
    assert person.post(f"c/{identity}", verdict="refused").status_code == 200
    (keep,) = read_tables(pack).keeps
    assert keep.lines == (NEWSAGENT,)
    with served(dataset, pack) as base:
        other = Person(base)
        with pytest.raises(AssertionError, match="no candidate"):
            other.candidate_with("recurring", NEWSAGENT.lower())


def test_what_can_not_become_a_rule_can_be_refused(person: Person, pack: Path) -> None:
    """The page says why no rule can be made of it. Accepting it is an error with nothing written."""
    identity = person.candidate_with("recurring", ALONE.lower())
    page = person.get(f"c/{identity}")
    assert "found no near miss" in page
    assert re.search(r'value="accepted"[^>]* disabled', page)
    assert person.post(f"c/{identity}", verdict="accepted").status_code == 400
    assert not pack.exists()
    assert person.post(f"c/{identity}", verdict="refused").status_code == 200
    assert read_tables(pack).keeps[0].lines == (ALONE,)


def test_a_removal_can_be_refused(person: Person, pack: Path) -> None:
    """The page shows how many stretches come back; the stretch becomes a must-keep line."""
    identity = person.first("removal")
    page = person.get(f"c/{identity}")
    assert re.search(r"brings back [1-9]\d* removed stretches in [1-9]\d* documents", page)
    text = re.search(r'<p class="line" dir="auto">(.*?)</p>', page)
    assert text is not None
    assert person.post(f"c/{identity}", verdict="refused").status_code == 200
    (keep,) = read_tables(pack).keeps
    assert keep.lines == (unescape(text[1]),)
    person.post("undo", id=identity)
    assert read_tables(pack) == ((), ())
    assert person.post(f"c/{identity}", verdict="accepted").status_code == 200
    assert read_tables(pack) == ((), ())
    assert read_decisions(pack)[identity].verdict == "accepted"


@pytest.mark.parametrize("kind", ["document", "reject"])
def test_one_stretch_of_a_document_can_be_refused(person: Person, pack: Path, kind: str) -> None:
    """The marked stretch must stay; the document stays on the page until it is accepted."""
    identity = person.first(kind)
    page = person.get(f"c/{identity}")
    marked = re.search(r'data-seq="(\d+)"', page)
    assert marked is not None
    assert person.post(f"c/{identity}", verdict="refused").status_code == 400
    answer = person.post(f"c/{identity}", verdict="refused", seq=marked[1])
    assert answer.url.path.endswith(f"/c/{identity}")
    assert len(read_tables(pack).keeps) == 1
    person.post(f"c/{identity}", verdict="accepted")
    assert {decision.kind for decision in read_decisions(pack).values()} == {"removal", kind}
    assert person.first(kind) != identity


def test_two_people_at_once_do_no_harm(person: Person, pack: Path, dataset: Path) -> None:
    """Two servers over one pack: different answers both stay. Of two on one candidate the first counts, and the
    second person learns of it.
    """
    with served(dataset, pack) as base:
        other = Person(base)
        one = person.candidate_with("recurring", NEWSAGENT.lower())
        two = other.first("removal")
        three = other.first("document")
        jobs = [
            threading.Thread(target=person.post, args=(f"c/{one}",), kwargs={"verdict": "accepted"}),
            threading.Thread(target=other.post, args=(f"c/{two}",), kwargs={"verdict": "refused"}),
            threading.Thread(target=other.post, args=(f"c/{three}",), kwargs={"verdict": "accepted"}),
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert read_decisions(pack).keys() == {one, two, three}
        assert (len(read_tables(pack).rules), len(read_tables(pack).keeps)) == (1, 1)
        late = other.post(f"c/{one}", verdict="refused")
        assert late.status_code == 409
        assert "is accepted already" in late.text
        assert "This is accepted already" in other.get(f"c/{one}")
        assert len(read_tables(pack).keeps) == 1


def test_the_list_of_decisions_can_be_committed(person: Person, pack: Path) -> None:
    """JSON, one decision a line, sorted by id, whatever the order of the answers; no other file is left."""
    for kind in ("removal", "document", "reject"):
        person.post(f"c/{person.first(kind)}", verdict="accepted")
    path = decisions_file(pack)
    lines = path.read_text().splitlines()
    ids = [json.loads(line.rstrip(","))["id"] for line in lines[1:-1]]
    assert ids == sorted(ids)
    assert [identity.partition("-")[0] for identity in ids] == ["document", "reject", "removal"]
    assert os.listdir(pack.parent) == ["mine.decisions.json"]


def test_a_damaged_list_is_named(dataset: Path, pack: Path) -> None:
    """Nothing is overwritten."""
    decisions_file(pack).write_text('{"decisions": [{"id": 1}]}')
    with pytest.raises(UsageError, match=r"mine.decisions.json: cannot read"), served(dataset, pack):
        pass


def test_only_its_own_pages_may_ask(person: Person, pack: Path) -> None:
    """Another host name, another token, another origin, no origin, another method or type: refused, nothing is written."""
    identity = person.first("removal")
    url, host = f"{person.base}c/{identity}", person.origin.removeprefix("http://")
    fields = {"verdict": "refused"}
    port = host.rpartition(":")[2]
    ask = person.ask
    assert ask("GET", person.base, headers={"Host": f"evil.example:{port}"}).status_code == 421
    assert ask("GET", person.base, headers={"Host": "127.0.0.1"}).status_code == 421
    assert ask("GET", person.base, headers={"Host": f"localhost:{port}"}).status_code == 200
    for path in ("/", "/wrong/", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/c/{identity}", "//"):
        assert ask("GET", person.origin + path).status_code == 404
    for origin in (
        "http://evil.example",
        "null",
        f"http://127.0.0.1:{int(port) + 1}",
        f"https://{host}",
        f"http://localhost:{port}",
    ):
        assert ask("POST", url, data=fields, headers={"Origin": origin}).status_code == 403
    assert ask("POST", url, data=fields).status_code == 403
    mine = {"Origin": person.origin}
    assert ask("POST", url, data=fields, headers=mine | {"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ask("POST", url, json=fields, headers=mine).status_code == 415
    assert (
        ask(
            "POST",
            url,
            content=b"x" * 20_000,
            headers=mine | {"Content-Type": "application/x-www-form-urlencoded"},
        ).status_code
        == 400
    )
    assert ask("PUT", url, data=fields, headers=mine).status_code == 405
    assert ask("GET", url, params=fields).status_code == 200
    assert not pack.exists()
    assert not decisions_file(pack).exists()


def test_the_answers_of_the_server_are_closed(person: Person) -> None:
    """No cookie, no framing, no cache, no script but its own; also where it refuses."""
    for path in (person.base, person.origin + "/wrong/"):
        headers = person.ask("GET", path).headers
        assert "set-cookie" not in headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    page = person.get()
    assert re.search(r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'", page)
    assert page.count("<script") == page.count("<style") == 1


@pytest.mark.parametrize(
    "path", ["c/removal-nothing", "c/../../x", "q/nothing", "c/%3Cscript%3E", "?done=<script>alert(1)"]
)
def test_an_address_that_is_made_up(person: Person, path: str) -> None:
    """It is refused or ignored, and nothing of it gets into a page."""
    answer = person.ask("GET", person.base + path)
    assert answer.status_code in (200, 400, 404)
    assert "<script>alert" not in answer.text
    assert "<script>:" not in answer.text


def test_documents_are_shown_as_text(person: Person) -> None:
    """Mark-up, direction marks and terminal characters of documents are escaped, in every queue."""
    seen = ""
    for kind in ("recurring", "removal", "document", "reject"):
        identity = person.first(kind)
        while identity:
            page = person.get(f"c/{identity}")
            seen += page
            following = re.search(r'href="[^"]*/c/([a-z0-9-]+)" data-key="s"', page)
            identity = following[1] if following else ""
    assert "&lt;script&gt;alert(5)" in seen
    assert "onerror=alert(1)" in seen
    for evil in ("<img", "<svg", "<iframe", "<b onclick", "<script>a", "\u202e", "\x1b", "\x07"):
        assert evil not in seen.replace('<script>"use strict', ""), evil


def test_the_command_serves_until_ctrl_c(dataset: Path, tmp_path: Path) -> None:
    """It prints an address with a secret, answers there, and ends with the next command."""
    code = "import sys; from copydesk.flows.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "review", str(dataset), "--pack", str(tmp_path / "mine.toml")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while "http://" not in text.split("\n")[-2 if "\n" in text else -1]:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            text += line
        url = text.split()[-1]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", url)
        assert Person(url).get().startswith("<!doctype html>")
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "0 decisions. Next: copydesk reclean" in rest
    assert "Traceback" not in errors
    assert not (tmp_path / "mine.toml").exists()


def test_the_pack_is_the_dataset_s_own(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --pack: the one remembered pack, or a new file beside the dataset."""
    from copydesk.flows.cli import review

    assert review._pack(str(dataset), "") == Path(f"{dataset}.rules.toml")
    assert review._pack(str(dataset), str(tmp_path / "x.toml")) == tmp_path / "x.toml"


def test_a_port_in_use_is_named(dataset: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line with the way out, and no server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["review", str(dataset), "--pack", str(tmp_path / "x.toml"), "--port", str(port)]) == 73
    assert f"port {port}: can't be used" in capfd.readouterr().err


def test_what_is_no_dataset_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 64, no server."""
    assert main(["review", str(tmp_path)]) == 64
    assert "copydesk:" in capfd.readouterr().err
