"""Law as data: what each place allows of chasing and of charges for paying late, with its source."""
