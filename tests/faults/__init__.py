"""Faults that are really made: a database that hangs, disks that fill, processes that are killed.

Those that take seconds are marked `slow` and run in `make test`; the others, here and elsewhere,
are marked `faults` and run in `make faults`, which prints the table that stands in OPERATING.md.
"""
