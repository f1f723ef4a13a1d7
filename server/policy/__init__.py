"""The credit and payment policy of the house: written from the live settings, versioned, read by everybody."""
