"""The story plays to its end on a fresh machine, from contract to paid or chased."""

import os
import subprocess
import sys

from server.cli.demo.children import CHECKOUT


def test_the_story_ends_with_books_that_agree_on_a_database_of_ones_own(database_url: str) -> None:
    own = database_url.replace("postgresql+psycopg://", "postgresql://")

    played = subprocess.run(
        [sys.executable, "-m", "server.cli", "demo", "--once", "--port=0", "--sandbox-port=0"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "FIELDPAY_DATABASE_URL": own},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )

    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1] == "audit: ok"
