"""Machinery that knows no force and no finding: each part has one subject, and none imports an app."""
