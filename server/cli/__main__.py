"""`python -m server.cli` is the `fieldpay` command: how the demo starts its own parts."""

from server.cli import main

main()
