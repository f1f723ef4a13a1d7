"""The only importer of `stripe`."""
