"""A look at a PostgreSQL from outside, whatever state it is in.

Each thing that is looked at has a module with its queries; the inspector leads through them.
"""
