"""The wire contract of server, phone and integrators: one file per capability, knowing only marshmallow."""
