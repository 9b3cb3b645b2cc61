"""The compiled rule packs: fresh, equal to the TOML, and no more than a short cut."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import re2

from copydesk.schemas.rule import RuleSet
from copydesk.tasks.rules import loading as rulebook
from copydesk.tasks.rules import match as mark
from copydesk.tasks.rules import matchers, phrase_matrix, syntax
from copydesk.tasks.rules.analysis import analyse, analyses
from copydesk.tasks.rules.build import FOLDER, PHRASES, compiled, compiled_phrases
from copydesk.tasks.rules.first_characters import fold
from copydesk.tasks.rules.loading import COMPILED, load, pack_files, parse_pack
from copydesk.tasks.text.folding import fold_lines

ROOT = Path(__file__).resolve().parents[2]
RULES = load()


def example_lines() -> list[str]:
    """Every line of every rule's examples, as rules see them."""
    examples = (text for rule in RULES.rules for text in (*rule.match, *rule.keep))
    lines = {line for text in examples for line in re.sub(r"\[\[|\]\]", "", text).split("\n")}
    return [folded.text for folded in fold_lines(sorted(lines))]


def test_the_compiled_packs_are_fresh() -> None:
    """Run `make rules` after a pack, or the way it is analysed, has changed."""
    assert (FOLDER / COMPILED).read_bytes() == compiled(), "run make rules"


def test_compiled_rules_are_the_rules_of_the_packs() -> None:
    """The compiled file has the same fields as the TOML."""
    by_toml = {
        rule.id: rule for name, content in pack_files() for rule in parse_pack(content.decode(), name, verify=False)
    }  # fmt: skip
    assert {rule.id: rule for rule in RULES.rules} == by_toml


def test_the_compiled_matrix_is_fresh() -> None:
    """Run `make rules` after a phrase, or the way its forms are made, has changed."""
    assert (PHRASES / phrase_matrix.COMPILED).read_bytes() == compiled_phrases(), "run make rules"


def test_compiled_phrases_are_those_of_the_matrix() -> None:
    """The compiled file has the same forms as the TOML, in the same order."""
    by_json, by_toml = phrase_matrix._compiled(), phrase_matrix.forms_of(phrase_matrix.load_matrix())
    assert by_json is not None
    assert list(map(list, by_json)) == list(map(list, by_toml))
    assert by_json == by_toml


def printed(folder: Path, code: str) -> str:
    """What a program prints that imports the copy of the package in this folder."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_an_edited_matrix_counts_at_once(tmp_path: Path) -> None:
    """A phrase that was added since `make rules` is found, and one without the compiled file."""
    shutil.copytree(ROOT / "copydesk", tmp_path / "copydesk", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "copydesk" / "tasks" / "rules" / "phrases"
    code = "from copydesk.tasks.rules import find_phrases; print(*[m.meanings[0].family for m in find_phrases('Zzz edited: x. Read also: y')])"

    assert printed(tmp_path, code) == "related"
    english = folder / "en.toml"
    source = english.read_text(encoding="utf-8")
    head = "[share]\nopener = ["
    assert head in source
    english.write_text(source.replace(head, head + '"zzz edited:", ', 1), encoding="utf-8")
    assert printed(tmp_path, code) == "share related"
    (folder / phrase_matrix.COMPILED).unlink()
    assert printed(tmp_path, code) == "share related"


def test_an_edited_pack_counts_at_once(tmp_path: Path) -> None:
    """A pack that differs from what was compiled is read from its TOML; no one has to run `make rules` to try a rule."""
    shutil.copytree(ROOT / "copydesk", tmp_path / "copydesk", ignore=shutil.ignore_patterns("__pycache__"))
    pack = tmp_path / "copydesk" / "tasks" / "rules" / "packs" / "generic.toml"
    rule = '\n[[rule]]\nid = "generic/test/edited"\nlabel = "share"\nscope = "line"\npattern = "zzz edited zzz"\nwhy = "w"\nseen = "s"\nmatch = ["Zzz edited zzz"]\nkeep = ["Zzz"]\n'
    pack.write_text(pack.read_text(encoding="utf-8") + rule, encoding="utf-8")
    code = "from copydesk.tasks.rules.loading import load; print(*[r.id for r in load().rules if r.id.endswith('/edited')])"
    assert printed(tmp_path, code) == "generic/test/edited"


def test_nothing_is_written_to_the_users_home(tmp_path: Path) -> None:
    """Cleaning writes no cache."""
    env = os.environ | {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    code = "import sys; from copydesk.flows.cli import main; sys.exit(main(['clean', 'data/samples/crane-readme.txt']))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    assert list(tmp_path.iterdir()) == []


def test_few_lines_and_many_are_answered_alike() -> None:
    """The index of openings, for the first lines, finds the very rules that the automaton finds.

    Capitals, the long s, the Kelvin sign and letters that grow in lower case change nothing.
    """
    few, many = mark.compile_rules(RULES), mark.compile_rules(RULES)
    many.prepare()
    found = 0
    lines = example_lines()
    odd = str.maketrans({"s": "\u017f", "k": "\u212a", "i": "\u0130", "\u03c3": "\u03c2"})
    lines += [line.upper() for line in lines[::5]] + [line.translate(odd) for line in lines[1::5]]
    for line in lines:
        for one, other in ((few.together, many.together), (few.bare, many.bare)):
            one._left = 1
            by_index = one.ask(line)
            assert sorted(by_index) == sorted(other.ask(line)), line
            found += len(by_index)
    assert found > 500
    assert few.together._set is None


def test_the_automaton_is_built_when_many_lines_were_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cleans many documents switches to it by itself."""
    monkeypatch.setattr(matchers, "_FEW", 3)
    book = mark.compile_rules(RULES)
    for number in range(4):
        assert book.together._set is None
        book.together.ask(f"line {number}")
    assert book.together._set is not None


def test_openings_fold_what_re2_folds() -> None:
    """Two letters that RE2 takes as the same without case are one in an opening; long s, final sigma, Kelvin."""
    options = re2.Options()
    options.case_sensitive = False
    cased = "".join(
        c for c in map(chr, range(0x20000)) if not 0xD800 <= ord(c) < 0xE000 and c.swapcase() != c
    )
    for char in cased:
        same = [hit.group() for hit in re2.finditer(re2.compile(re2.escape(char), options), cased)]
        assert {fold(other) for other in same} == {fold(char)}, char


def test_without_pythons_private_parser_rules_still_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of patterns then; every rule sees every line, and finds the same."""
    subset = RuleSet(RULES.rules[::40], "v")
    lines = fold_lines(example_lines()[::20])
    known = mark.find_claims(lines, mark.compile_rules(subset))
    monkeypatch.setattr(syntax, "parser", None)
    syntax.parse.cache_clear()
    blind = mark.compile_rules(subset)
    assert all(not found.literals and not found.begins for found in analyses(subset))
    places = {at: sorted(set(marks)) for at, marks in mark.find_claims(lines, blind).items()}
    monkeypatch.undo()
    syntax.parse.cache_clear()
    assert known
    assert places == {at: sorted(set(marks)) for at, marks in known.items()}


def test_a_pattern_that_was_not_shipped_is_analysed_when_loaded() -> None:
    """Packs of users need no build."""
    bare = RuleSet(RULES.rules[:5], "v")
    assert [tuple(found) for found in analyses(bare)] == [tuple(analyse(rule)) for rule in bare.rules]
    assert rulebook.load().analyses
