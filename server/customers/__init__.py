"""Who owes, their risk, their credit."""
