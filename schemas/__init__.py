"""The wire contract between the server, the phone and integrators: one file per capability, knowing only marshmallow."""
