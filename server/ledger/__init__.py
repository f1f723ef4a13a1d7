"""Double-entry books: append-only, balanced by construction."""
