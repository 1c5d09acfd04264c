"""The store that lives in the process: a demo that forgets, and the fake that unit tests run on.

It keeps every promise a database keeps (isolation, atomicity, uniqueness, references) but the one to remember.
"""
