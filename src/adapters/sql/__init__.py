"""The store on PostgreSQL 15 or later: SQLAlchemy Core states schema and statements, psycopg carries them.

Rows become entities by hand; what the database refuses becomes a domain error in `errors`.
"""
