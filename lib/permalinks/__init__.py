"""Permalinks: what a public page showed, kept under an address that never changes."""
