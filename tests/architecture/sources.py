"""The code as the tests about it see it: every Python file, read and parsed once."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from server.core.memory import uncollected

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

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def _calls(self) -> list[tuple[str, ast.Call]]:
        return [(ast.unparse(node.func), node) for node in self._nodes if isinstance(node, ast.Call)]

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the tree."""
        return iter(self._nodes)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call, beside what is called as it is written: `datetime.now`, `session.begin`."""
        return iter(self._calls)

    def place(self, node: ast.stmt | ast.expr) -> str:
        """Where a node is, as an editor understands it: `server/app.py:12`."""
        return f"{self.path}:{node.lineno}"


@cache
def read(folder: str) -> tuple[Source, ...]:
    """Return every Python file under a folder of the checkout."""
    found = []
    with uncollected():
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    gc.freeze()  # it stays to the end
    return tuple(found)
