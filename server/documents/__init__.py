"""PDF and QR rendering: facts in, bytes out; the same facts always give the same bytes."""
