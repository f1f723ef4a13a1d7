"""Pictures of a job: before, after, damage, a cheque; what proves the work later."""
