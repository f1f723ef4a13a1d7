"""A file reads in one sitting."""

from __future__ import annotations

import ast

from tests.architecture.sources import ROOT, read

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
PHONE_SOURCES = {".css", ".html", ".js", ".svelte", ".ts"}


def test_no_file_is_longer_than_one_sitting() -> None:
    lengths = {
        source.path: source.text.count("\n")
        for folder in ("server", "schemas", "migrations", "tests")
        for source in read(folder)
    }
    for path in (ROOT / "kiosk_client" / "src").rglob("*"):
        if path.suffix in PHONE_SOURCES:
            lengths[path.relative_to(ROOT).as_posix()] = path.read_text().count("\n")
    long = {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}
    assert not long, f"At most {LONGEST_FILE} lines; make the file a folder of the same name: {long}"


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{source.place(node)} {node.name}": lines
        for folder in ("server", "schemas", "tests")
        for source in read(folder)
        for node in source.nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long, f"At most {LONGEST_FUNCTION} lines; give its parts names of their own: {long}"
