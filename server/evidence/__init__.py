"""All that is kept of an invoice in one file for a court or a bank, the same bytes each time."""
