"""What Stripe sends to our bank, reconciled line by line."""
