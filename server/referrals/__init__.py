"""Debts handed to an agency, a lawyer or a factor: approved by a person, with a pack, called back, counted."""
