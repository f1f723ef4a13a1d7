"""Chasing what is unpaid."""
