"""A town of customers who pay, promise, object or do not answer, chased day after day, and what must always hold."""
