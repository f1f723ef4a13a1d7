"""Payments that a bank takes back: booked, answered with what was signed, won or lost."""
