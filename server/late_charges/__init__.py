"""What paying late costs: computed from what was signed and what the law allows, owed once somebody posts it."""
