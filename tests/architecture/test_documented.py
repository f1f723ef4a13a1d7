"""What a person is told is what there is: the map, the settings, the commands, the errors, the dependencies."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import click

from server import app, cli, worker  # noqa: F401  (loads every error class)
from server.core import errors, problems
from tests.architecture.sources import ROOT, read

README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
NAME = re.compile(r"`([^`]+)`")


def test_the_map_of_the_readme_equals_the_docstrings() -> None:
    packages = [*(ROOT / "server").glob("*/__init__.py"), *(ROOT / "server").glob("[!_]*.py")]
    packages += [ROOT / "schemas" / "__init__.py"]
    wanted = {_home(path): _first_sentence(path) for path in packages}
    told = {name.rstrip("/"): what for name, what in _rows(README, "The map").items()}
    wrong = {f"| `{name}` | {what} |" for name, what in wanted.items() if told.get(name) != what}
    assert not wrong, "README.md, The map, must have these rows:\n" + "\n".join(sorted(wrong))
    gone = [name for name in told if not (ROOT / name).exists()]
    assert not gone, f"README.md tells of what is not there: {gone}"


def test_every_dependency_says_why_it_is_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    phone = json.loads((ROOT / "kiosk_client" / "package.json").read_text())
    wanted = {re.split(r"[\[<>=~!; ]", name)[0] for name in python}
    wanted |= {*phone["dependencies"], *phone["devDependencies"]}
    told = {name for row in _table(README, "Built on") for name in NAME.findall(row[0])}
    assert told == wanted, f"README.md, Built on: add {sorted(wanted - told)}, remove {sorted(told - wanted)}"


def test_every_setting_is_documented() -> None:
    text = (ROOT / "server" / "core" / "config.py").read_text()
    known = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and re.fullmatch(r"(FIELDPAY|STRIPE)_[A-Z_]+", str(node.value))
    }
    told = set(_rows(OPERATING, "Settings"))
    assert told == known, f"docs/operating.md, Settings: add {known - told}, remove {told - known}"


def test_every_command_is_documented() -> None:
    told = set(_rows(OPERATING, "Commands"))
    known = {f"fieldpay {name}" for name in cli.main.commands}
    assert told == known, f"docs/operating.md, Commands: add {known - told}, remove {told - known}"


def test_every_switch_of_the_demo_is_documented() -> None:
    told = {word for row in _table(OPERATING, "The demo") for word in re.findall(r"--[\w-]+", row[0])}
    known = {
        option.opts[0]
        for option in cli.main.commands["demo"].params
        if isinstance(option, click.Option) and not option.hidden
    }
    assert told == known


def test_every_error_code_is_documented() -> None:
    told = {row[0].strip("`"): tuple(row[1:]) for row in _table((ROOT / "docs" / "errors.md").read_text(), "Codes")}
    kinds = {kind.code: (str(kind.status), kind.sentence()) for kind in _every_kind()}
    wrong = [f"| `{code}` | {' | '.join(says)} |" for code, says in kinds.items() if told.get(code) != says]
    assert not wrong, "docs/errors.md must have these rows:\n" + "\n".join(wrong)
    known = {*kinds, *problems.CODES.values(), problems.OTHER}
    assert set(told) == known, f"docs/errors.md: add {known - set(told)}, remove {set(told) - known}"


def test_an_error_code_means_one_thing() -> None:
    kinds = _every_kind()
    borrowed = [kind.__name__ for kind in kinds if kind is not errors.Problem and "code" not in vars(kind)]
    assert not borrowed, f"Give these a code of their own: {borrowed}"
    codes = [kind.code for kind in kinds]
    assert not {code for code in codes if codes.count(code) > 1}


def test_every_link_between_our_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for target in re.findall(r"(?:\]\(|src(?:set)?=\")(?!https?://|#)([^)#\"]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_module_says_what_it_is() -> None:
    silent = [
        source.path
        for folder in ("server", "schemas")
        for source in read(folder)
        if not ast.get_docstring(source.tree) and source.text.strip()
    ]
    assert not silent


def _every_kind() -> list[type[errors.Problem]]:
    return [kind for kind in errors.every_problem() if kind.__module__.startswith("server.")]


def _home(path: Path) -> str:
    return (path.parent if path.name == "__init__.py" else path).relative_to(ROOT).as_posix()


def _first_sentence(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]


def _table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the tables under a heading, without the heads."""
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(heading + "\n"))
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:2] == "| "]
    return [row for row in rows if row[0][:1] in "`["]


def _rows(page: str, heading: str) -> dict[str, str]:
    return {NAME.findall(row[0])[0]: row[-1] for row in _table(page, heading)}
