"""The face of Stripe's example terminal backend, for apps built on Stripe's examples."""
