"""The import contracts of pyproject.toml hold, and each of them can fail."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, read

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# One file that gets one more line, and the contract that this breaks: that one and no other.
VIOLATIONS = [
    ("stack", "server/ledger/rules.py", "import server.documents.qr"),
    ("stack", "server/tills/__init__.py", "'''A noun without a row in the stack.'''"),
    ("inside", "server/ledger/queries.py", "import server.ledger.operations"),
    ("inside", "server/ledger/totals.py", "'''A file without a place.'''"),
    ("inside-documents", "server/documents/qr.py", "import server.documents.facts"),
    ("inside-gateway", "server/gateway/intents.py", "import server.gateway.readers"),
    ("inside-texting", "server/texting/numbers.py", "'''A file without a place.'''"),
    ("inside-core", "server/core/ids.py", "import server.core.clock"),
    ("inside-sandbox", "server/sandbox/words.py", "import server.sandbox.state"),
    ("inside-cli", "server/cli/seed.py", "import server.cli.doctor"),
    ("cycles", "server/cli/story/players.py", "import server.cli.story.chapters"),
    ("blueprints", "server/jobs/routes.py", "import server.customers.routes"),
    ("tasks", "server/payments/flows/collecting.py", "import server.messages.tasks"),
    ("stripe", "server/payments/flows/collecting.py", "import stripe"),
    ("calls", "server/payments/operations/collecting.py", "import server.gateway.client"),
    ("web", "server/payments/flows/collecting.py", "import flask"),
    ("web", "server/core/money.py", "import flask"),
    ("rules", "server/ledger/rules.py", "import time"),
    ("schemas-know", "schemas/wire.py", "import sqlalchemy"),
    ("schemas-known", "server/jobs/operations.py", "import schemas.jobs"),
    ("sandbox-knows", "server/sandbox/state.py", "import server.core.ids"),
    ("sandbox-known", "server/app.py", "import server.sandbox.words"),
]


def broken(checkout: Path) -> tuple[set[str], str]:
    """Return the ids of the contracts that a checkout breaks, and what import-linter says."""
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=checkout,
        env=os.environ | {"COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", ended.stdout, re.MULTILINE))
    names = {contract["name"]: contract["id"] for contract in CONTRACTS}
    assert set(verdicts) == set(names), ended.stdout + ended.stderr
    return {names[name] for name, verdict in verdicts.items() if verdict == "BROKEN"}, ended.stdout.split("broken.")[1]


@pytest.fixture(scope="module")
def here() -> tuple[set[str], str]:
    """What this checkout breaks."""
    return broken(ROOT)


def test_every_contract_is_kept(here: tuple[set[str], str]) -> None:
    ids, said = here
    assert not ids, f"Move the import to where it belongs (docs/decisions/ when the rule is wrong):\n{said}"


def test_every_contract_has_a_violation_that_proves_it() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {contract for contract, _, _ in VIOLATIONS}, (
        "Add to VIOLATIONS one line of code that breaks the new contract and no other."
    )


@pytest.mark.parametrize(("contract", "path", "line"), VIOLATIONS)
def test_a_violation_breaks_its_contract_and_no_other(
    contract: str, path: str, line: str, here: tuple[set[str], str], tmp_path: Path
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for source in (*read("server"), *read("schemas")):
        copy = tmp_path / source.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(source.text)
    bad = tmp_path / path
    bad.parent.mkdir(exist_ok=True)
    with bad.open("a") as file:
        file.write(f"\n{line}\n")
    ids, said = broken(tmp_path)
    assert ids == {contract} | here[0], said


def test_every_package_says_what_is_inside_it() -> None:
    inside = [name for contract in CONTRACTS for name in contract.get("containers", ()) if name != "server"]
    packages = {f"server.{path.parent.name}" for path in (ROOT / "server").glob("*/__init__.py")}
    assert sorted(inside) == sorted(packages), "Every folder of server/ belongs to one exhaustive `inside` contract."


def test_schemas_know_only_marshmallow() -> None:
    known = {"marshmallow", "schemas", *sys.stdlib_module_names}
    strangers = [
        f"{source.path} imports {name}"
        for source in read("schemas")
        for name in _imported(source.tree)
        if name.split(".")[0] not in known
    ]
    assert not strangers, "The wire contract stands alone; move what needs more into routes."


def test_business_code_takes_from_the_gateway_what_stripe_said_and_never_asks() -> None:
    asking = [
        f"{source.place(node)} imports {name.name}"
        for source in read("server")
        if source.part in {"operations", "queries", "models", "rules"}
        for node in source.nodes()
        if isinstance(node, ast.Import | ast.ImportFrom) and "server.gateway" in ast.unparse(node)
        for name in node.names
        if isinstance(node, ast.Import) or not name.name[0].isupper()
    ]
    assert not asking, (
        "A call to Stripe is never inside a transaction: import the class it answers with, call in flows."
    )


def _imported(tree: ast.Module) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names
