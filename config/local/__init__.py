"""The site on your own machine: an embedded PostgreSQL and `make run`. Not used in production."""
