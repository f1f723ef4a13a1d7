"""E-mail and text messages written in the business transaction, delivered after."""
