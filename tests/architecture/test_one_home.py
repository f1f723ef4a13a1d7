"""What must be true everywhere is done in one place: the time, the transaction, the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tests.architecture.sources import Source, read

CLOCKS = {
    "server/core/clock.py",
    "server/sandbox/clock.py",  # the sandbox knows nothing of us
}
TRANSACTIONS = {
    "server/core/database.py",
    "server/cli/demo/clock.py",  # counts the work of processes that it started, on their database
}
ENVIRONMENT = {
    "server/core/config.py",
    "server/cli/demo/children.py",  # hands an environment to the processes it starts
    "server/gateway/client.py",  # Stripe's library has no other switch for its notices
}
OPENERS = {"routes", "webhooks", "tasks", "flows"}
MORE_OPENERS = {
    "server/worker.py",  # its own tasks and turns
    "server/core/health.py",  # its own routes
    "server/core/idempotency.py",  # before and after the view, never around it
}


def test_the_time_is_read_in_one_place() -> None:
    reads = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    found = _calls_of(reads, read("server"), homes=CLOCKS)
    assert not found, f"Take `now` as an argument; the edge reads server.core.clock.now(): {found}"


def test_no_test_depends_on_the_time_of_day() -> None:
    reads = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    found = _calls_of(reads, read("tests"), homes=set())
    assert not found, f"Give the test a moment of its own: {found}"


def test_no_test_sleeps_but_between_two_looks() -> None:
    found = []
    for source in read("tests"):
        looking = {
            id(inside) for loop in source.nodes() if isinstance(loop, ast.While | ast.For) for inside in ast.walk(loop)
        }
        found += [
            source.place(call) for name, call in source.calls() if name.endswith("sleep") and id(call) not in looking
        ]
    assert not found, f"Look in a loop for what must happen, with an end to patience: {found}"


def test_the_business_does_not_sleep() -> None:
    waiting = {"time.sleep"}
    sources = [s for s in read("server") if not s.path.startswith(("server/cli/", "server/sandbox/"))]
    found = _calls_of(waiting, sources, homes={"server/core/embedded.py"})
    assert not found, f"Defer a task for that moment: {found}"


def test_a_transaction_begins_and_ends_in_one_place() -> None:
    found = [
        source.place(call)
        for source in read("server")
        if source.path not in TRANSACTIONS
        for name, call in source.calls()
        if name.endswith(".commit") or name == "Session" or (name.endswith(".begin") and not call.args)
    ]
    assert not found, f"Open server.core.database.transaction(), which commits at its end: {found}"


def test_only_the_edge_opens_a_transaction() -> None:
    found = [
        source.place(call)
        for source in read("server")
        if source.part not in OPENERS and not source.path.startswith("server/cli/") and source.path not in MORE_OPENERS
        for name, call in source.calls()
        if name.split(".")[-1] == "transaction"
    ]
    assert not found, f"A route, a task or a flow opens it and passes `session` down: {found}"


def test_a_flow_opens_its_own_transactions() -> None:
    found = [
        source.place(node)
        for source in read("server")
        if source.part == "flows"
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if "session" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    ]
    assert not found, f"A flow calls out, so no transaction may be open around it: drop `session`: {found}"


def test_operations_and_queries_take_the_session_first_and_the_time_by_name() -> None:
    found = []
    for source in read("server"):
        if source.part not in ("operations", "queries"):
            continue
        for node in source.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            positional = [argument.arg for argument in node.args.args]
            if "now" in positional or ("session" in positional and positional[0] != "session"):
                found.append(f"{source.place(node)} {node.name}")
    assert not found, f"`session` first, then `*, ..., now`: {found}"


def test_the_environment_is_read_in_one_place() -> None:
    found = [
        source.place(node)
        for source in read("server")
        if source.path not in ENVIRONMENT
        for node in source.nodes()
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv", "os.putenv"}
    ]
    assert not found, f"Add a setting to server/core/config.py and document it: {found}"


def _calls_of(names: set[str], sources: Iterable[Source], *, homes: set[str]) -> list[str]:
    return [
        source.place(call)
        for source in sources
        if source.path not in homes
        for name, call in source.calls()
        if name in names
    ]


def test_no_two_threads_share_a_mapped_class_by_another_name() -> None:
    """Threads that look into one for the first time together see half of it, and leave it so: what was to lock the
    invoices of one payment locked those of everybody, for as long as the process lived."""
    shared = [
        source.place(node)
        for source in read("server")
        for name, node in source.calls()
        if name == "aliased" and not any(_makes(each, node) for each in source.nodes())
    ]
    assert not shared, f"Make it in the function that asks, which keeps nothing: {shared}"


def _makes(function: ast.AST, made: ast.Call) -> bool:
    """Say whether a function makes this anew each time."""
    if not isinstance(function, ast.FunctionDef) or any("cache" in ast.unparse(d) for d in function.decorator_list):
        return False
    return any(each is made for each in ast.walk(function))
