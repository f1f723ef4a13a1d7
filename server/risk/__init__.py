"""How each customer pays, worked out every night from the books, in words that explain it."""
