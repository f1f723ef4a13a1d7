"""The seller: its profile, its tax numbers, the taxes it charges."""
