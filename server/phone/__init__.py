"""What the technician's phone needs: job sheets, and the phone itself at /kiosk/."""
