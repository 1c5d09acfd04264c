"""Whether the database is fit for the service, and what to do where it is not.

Each thing that is looked at has a module that says what of its facts is grave; nothing here asks a database.
"""
