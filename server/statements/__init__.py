"""What the bank says came and went: statements read once, transfers matched to invoices."""
