"""A hundred slow clients of each kind, and what others meanwhile wait for."""
