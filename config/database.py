"""How the site connects to its database."""

import dj_database_url

# No request may keep the database busy for long, or wait long for what somebody else has locked.
# What nobody waits for any more ends too.
LIMITS = {
    "statement_timeout": "10s",
    "lock_timeout": "2s",
    "client_connection_check_interval": "1s",
}
OPTIONS = {
    "options": " ".join(f"-c {name}={value}" for name, value in LIMITS.items()),
    # Seconds for each address that the host's name has; the driver takes no fewer.
    "connect_timeout": 2,
    # Where the network is gone, these end a connection. `lib.database` ends waiting for a server
    # that hangs.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def database(url):
    """Django's settings for the database that an address of PostgreSQL names."""
    found = dj_database_url.parse(
        url, engine="lib.database", conn_max_age=600, conn_health_checks=True
    )
    return found | {"OPTIONS": found.get("OPTIONS", {}) | OPTIONS}
