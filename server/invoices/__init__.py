"""What a customer owes for a job."""
