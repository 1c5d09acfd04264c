"""Flask with Flask-SQLAlchemy, Flask-JWT-Extended and psycopg2, served by gunicorn."""
