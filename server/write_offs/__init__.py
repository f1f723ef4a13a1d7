"""Debts let go: two people agree, the books follow, and what comes after all is owed again."""
