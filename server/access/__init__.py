"""Staff, technicians, devices, API keys: who may do what."""
