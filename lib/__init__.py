"""Machinery that knows no force and no finding: one subject each, and no import of an app."""
