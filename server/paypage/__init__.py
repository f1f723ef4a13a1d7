"""The page a customer opens from a link or a QR code."""
