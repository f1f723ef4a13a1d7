"""What is committed names no package index: whoever installs decides where from."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT

LOCKS = ["requirements.lock", "requirements-node.lock", "kiosk_client/package-lock.json"]
SETTINGS = ["pyproject.toml", "Makefile", "kiosk_client/package.json", ".ci/run"]


def test_a_lock_file_holds_hashes_and_no_address() -> None:
    for name in LOCKS:
        text = (ROOT / name).read_text()
        assert re.search(r"sha(256|512)[:-]", text), f"{name} pins no hash"
        lines = [line for line in text.splitlines() if re.search(r'"resolved"|--(extra-)?index-url|--find-links', line)]
        lines += [line for line in text.splitlines() if "://" in line and not re.search(r'"(url|type)": ', line)]
        assert not lines, f"{name}: remove the address: {lines[:3]}"


def test_no_setting_chooses_a_package_index() -> None:
    for name in SETTINGS:
        found = re.findall(r"(?:index-url|registry|find-links)\s*=\s*\S+", (ROOT / name).read_text())
        assert not found, f"{name}: {found}"
    for name in (".npmrc", "kiosk_client/.npmrc", "pip.conf"):
        assert not (ROOT / name).exists(), f"{name} chooses an index for everybody: leave it to the machine"
