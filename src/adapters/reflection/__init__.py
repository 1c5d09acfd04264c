"""The databases of older services, read by what they say of themselves.

Implements application.ports.older_services with SQLAlchemy's reflection, for SQLite and PostgreSQL.
"""
