"""What was done about a debt, and who was reached: a log that nobody can change unnoticed."""
