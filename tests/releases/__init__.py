"""What each release left in databases: a backup of it, and the migrations that it had.

`python -m tests.releases.make`, on the day of a release, writes both; neither is changed later.
"""
