"""Access and refresh tokens, as signed JSON Web Tokens.

Implements application.ports.tokens with PyJWT; `keys` says what we sign with, `tokens` what is said and believed.
"""
