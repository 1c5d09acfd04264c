"""FastAPI with SQLAlchemy's asynchronous sessions on asyncpg and a pool of fixed size."""
