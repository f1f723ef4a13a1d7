"""Truths that must hold: books, invoices and Stripe agree."""
