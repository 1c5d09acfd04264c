"""FastAPI with synchronous SQLAlchemy sessions in threads, as in FastAPI's full-stack template."""
