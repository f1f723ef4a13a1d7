"""Where cash and cheques are: in a technician's float, in the office's drawer, paid in at the bank."""
