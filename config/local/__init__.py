"""The site on one's own machine: an embedded PostgreSQL, and `make run`. Nothing of it is
reached in production."""
