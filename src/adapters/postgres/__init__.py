"""Satchel's own PostgreSQL: found, started, guarded and stopped, for everyone who brings no database.

`server.EmbeddedPostgres` is the door; binaries, cluster, account, postmaster, guard and locks are its parts.
No SQL of the service lives here: that is `adapters.sql`, which sees a database URL and nothing else.
"""
