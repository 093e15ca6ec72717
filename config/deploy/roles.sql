-- The two roles and the database, on a new PostgreSQL, as its superuser: `psql --file=roles.sql`.
-- The passwords stand in two files, one line each; the variables say where, and psql's own account
-- must be able to read them. Nothing prints them.

\set ON_ERROR_STOP on
\set owner_password `cat "${OWNER_PASSWORD_FILE:-/run/secrets/owner_password}"`
\set site_password `cat "${SITE_PASSWORD_FILE:-/run/secrets/site_password}"`

-- Nor does the server's log, if a statement fails.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

-- PostgreSQL would make a role without a password.
SELECT :'owner_password' = '' OR :'site_password' = '' AS lacks_password \gset
\if :lacks_password
    DO $$ BEGIN RAISE 'A file of a password is empty, or cannot be read.'; END $$;
\endif

CREATE ROLE findings_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE findings_site LOGIN PASSWORD :'site_password';
CREATE DATABASE findings OWNER findings_owner TEMPLATE template0
    ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
\connect findings
ALTER DEFAULT PRIVILEGES FOR ROLE findings_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO findings_site;
