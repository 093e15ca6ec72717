"""Followers: readers who get mail when a page changes, and which changes are known already."""
