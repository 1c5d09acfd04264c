"""Passwords, kept as Argon2id hashes.

Implements application.ports.passwords with argon2-cffi; what it costs and why is in docs/decisions/0005.
"""
