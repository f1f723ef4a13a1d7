"""The code as the tests about it see it: every Python file, read and parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the checkout (`server/app.py`), its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """Its part of a capability: `flows` of server/payments/flows/collecting.py."""
        steps = self.path.removesuffix(".py").split("/")
        return steps[2] if len(steps) > 2 else ""

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the tree."""
        return ast.walk(self.tree)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call, beside what is called as it is written: `datetime.now`, `session.begin`."""
        for node in self.nodes():
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node

    def place(self, node: ast.stmt | ast.expr) -> str:
        """Where a node is, as an editor understands it: `server/app.py:12`."""
        return f"{self.path}:{node.lineno}"


@cache
def read(folder: str) -> tuple[Source, ...]:
    """Return every Python file under a folder of the checkout."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text()
        found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)
