"""On what terms we work for a customer: credit limit, deposit, hold, do not book, and who made an exception."""
