"""Every task that is deferred or scheduled is declared once, and every declared task is used."""

from __future__ import annotations

import ast
from collections import Counter

from server import worker
from server.core import queue
from tests.architecture.sources import Source, read


def test_every_deferred_task_has_one_handler_and_every_handler_is_deferred() -> None:
    declared = Counter(_name(call, 0, source) for source, call in _calls("queue.task"))
    twice = [name for name, times in declared.items() if times > 1]
    assert not twice, f"A name belongs to one task: {twice}"
    ways = ("queue.defer", "queue.defer_each")
    deferred = {_name(call, 1, source) for way in ways for source, call in _calls(way)}
    for source, call in _calls("queue.insert_and_defer"):
        given = {word.arg: word.value for word in call.keywords}
        deferred.add(_constant(given["task_name"], source, call))
    scheduled = {schedule.task_name for schedule in worker.SCHEDULES}
    assert set(declared) == deferred | scheduled, "Remove the task nobody defers, or declare the one that is missing."


def test_the_worker_knows_every_task() -> None:
    declared = {_name(call, 0, source) for source, call in _calls("queue.task")}
    assert declared <= set(queue.app.tasks), "Import the module in server/worker.py."


def test_a_task_is_named_after_the_capability_it_belongs_to() -> None:
    strangers = []
    for source, call in _calls("queue.task"):
        name = _name(call, 0, source)
        home = source.path.split("/")[1].removesuffix(".py")
        if not name.startswith(f"{home}."):
            strangers.append(f"{source.place(call)} {name}")
    assert not strangers, f"`capability.verb`, declared in that capability: {strangers}"


def _calls(wanted: str) -> list[tuple[Source, ast.Call]]:
    return [(source, call) for source in read("server") for name, call in source.calls() if name == wanted]


def _name(call: ast.Call, position: int, source: Source) -> str:
    return _constant(call.args[position], source, call)


def _constant(given: ast.expr, source: Source, call: ast.Call) -> str:
    assert isinstance(given, ast.Constant), f"{source.place(call)}: write the task's name out, so that it can be found."
    return str(given.value)
