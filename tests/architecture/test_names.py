"""Names are the trade's; money is whole numbers in names that end with `_minor`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import BigInteger

from server import worker  # noqa: F401  (imports every model)
from server.core.database import Base
from tests.architecture.sources import ROOT, Source, read

NOT_A_HOME = {"common", "data", "handler", "handlers", "helper", "helpers", "info", "manager", "managers", "misc"} | {
    "process",
    "processor",
    "service",
    "services",
    "util",
    "utils",
}
NO_MONEY = ("server/cli/", "server/core/", "server/sandbox/", "server/gateway/events.py")  # seconds
NOT_A_NAME = re.compile(r"(Data|Handler|Helper|Info|Manager|Model|Processor|Schema|Service|Utils?)$")


def test_no_file_is_named_after_nothing() -> None:
    paths = [Path(source.path) for folder in ("server", "schemas", "tests") for source in read(folder)]
    paths += [path.relative_to(ROOT) for path in (ROOT / "kiosk_client" / "src").rglob("*.*")]
    found = {str(path) for path in paths if {part.split(".")[0] for part in path.parts} & NOT_A_HOME}
    assert not found, f"Name the file for what is in it: {found}"


def test_no_class_is_named_after_nothing() -> None:
    found = [
        f"{source.place(node)} {node.name}"
        for folder in ("server", "schemas", "tests")
        for source in read(folder)
        for node in source.nodes()
        if isinstance(node, ast.ClassDef) and NOT_A_NAME.search(node.name)
    ]
    assert not found, f"Name the class for the thing it is: {found}"


def test_money_is_whole_numbers() -> None:
    found = [
        f"{source.place(where)} {name}: {ast.unparse(annotation)}"
        for source in read("server")
        for where, name, annotation in _annotated(source)
        if name.endswith("_minor") and not _whole(ast.unparse(annotation))
    ]
    assert not found, f"A name that ends with _minor is an int of minor units: {found}"


def test_no_money_passes_through_a_float() -> None:
    found = [
        source.place(call)
        for source in read("server")
        if not source.path.startswith(NO_MONEY)
        for name, call in source.calls()
        if name == "float"
    ]
    assert not found, f"Use int and Decimal: {found}"


def test_money_in_the_database_is_a_whole_number_beside_its_currency() -> None:
    narrow, alone = [], []
    for table in Base.metadata.tables.values():
        money = [column for column in table.columns if column.name.endswith("_minor")]
        narrow += [str(column) for column in money if not isinstance(column.type, BigInteger)]
        # A line's currency is that of what it is a line of.
        beside = [table, *(key.column.table for key in table.foreign_keys)]
        if money and not any("currency" in place.columns for place in beside):
            alone.append(table.name)
    assert not narrow, f"BigInteger: {narrow}"
    assert not alone, f"Add a currency: {alone}"


def test_a_moment_is_an_aware_timestamp() -> None:
    naive = [
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_at") and not getattr(column.type, "timezone", False)
    ]
    assert not naive, f"timestamp with time zone: {naive}"


def _annotated(source: Source) -> Iterator[tuple[ast.stmt | ast.expr, str, ast.expr]]:
    for node in source.nodes():
        if isinstance(node, ast.AnnAssign):
            yield node, ast.unparse(node.target), node.annotation
        elif isinstance(node, ast.arg) and node.annotation is not None:
            yield node.annotation, node.arg, node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node, node.name, node.returns


def _whole(annotation: str) -> bool:
    return "int" in re.findall(r"\w+", annotation) and "float" not in annotation
