"""A database engine for Django that waits for PostgreSQL no longer than a visitor would.

PostgreSQL may hang: its processes are stopped, its disk or the network does not respond. No timeout
of its own, or of its driver, ends a query then. So

- each request has a `Patience` (patience.py), which tells how long it has waited and what of it may
  have been stored;
- a thread looks ten times a second which connections wait (watchdog.py). Where one waits for long
  it has the database asked by somebody else (probe.py): if that gets no response either, the socket
  of whoever waits is shut down, and they get an `OperationalError`;
- from then on nobody waits (circuit.py): requests fail at once, and one probe a second finds out
  whether the database responds again;
- failures.py says in a word what a failure means to a visitor, and logs many in one line.

A wait callback of psycopg2, which could have a deadline too, ends COPY in the whole process, which
imports need, and costs every query; looking on costs queries nothing. Slow queries are none of its
business: `statement_timeout` ends those. Nor are commands, which have all the time in the world.
"""
