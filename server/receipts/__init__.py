"""What a customer gets in hand: receipts of payments and refunds, slips of what did not work."""
