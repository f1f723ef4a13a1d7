"""Terms shown, signed, kept."""
