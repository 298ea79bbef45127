"""The one page, the store, provenance."""
