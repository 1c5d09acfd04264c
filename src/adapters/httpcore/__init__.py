"""Messages to addresses that others chose.

Implements application.ports.webhooks with httpcore; why so little is allowed is in docs/decisions/0011.
"""
