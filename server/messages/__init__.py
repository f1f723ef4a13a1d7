"""E-mail written in the business transaction, delivered after."""
