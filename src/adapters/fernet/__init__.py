"""Secrets that are stored, and read again by the service alone.

Implements application.ports.webhooks with Fernet, of the cryptography package.
"""
