"""Visits, their lines, the price book."""
