"""Synthetic regions, marked as made up: to show, test and measure with."""
