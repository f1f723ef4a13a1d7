"""What is committed names no package index: whoever installs decides where from."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT

NO_ADDRESS = {
    "requirements.lock": r"://|--(extra-)?index-url|--find-links",
    "requirements-node.lock": r"://|--(extra-)?index-url|--find-links",
    "kiosk_client/package-lock.json": r'"resolved"',
}
SETTINGS = ["pyproject.toml", "Makefile", "kiosk_client/package.json", "kiosk_client/.npmrc", ".ci/run"]


def test_a_lock_file_holds_hashes_and_no_address() -> None:
    for name, address in NO_ADDRESS.items():
        lines = (ROOT / name).read_text().splitlines()
        assert any(re.search(r"sha(256|512)[:-]", line) for line in lines), f"{name} pins no hash"
        found = [line for line in lines if re.search(address, line)]
        assert not found, f"{name}: make it again with `make lock`, without addresses: {found[:3]}"


def test_no_setting_chooses_a_package_index() -> None:
    for name in SETTINGS:
        found = re.findall(r"(?:index-url|registry|find-links)\s*=\s*\S+", (ROOT / name).read_text())
        assert not found, f"{name} chooses for everybody; leave it to the machine: {found}"
