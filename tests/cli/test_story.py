"""The story plays to its end on a fresh machine, from contract to paid or chased."""

import subprocess
import sys

from server.cli.demo.children import CHECKOUT


def test_the_story_ends_with_books_that_agree() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "server.cli", "demo", "--once", "--port=0", "--sandbox-port=0"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1] == "audit: ok"
