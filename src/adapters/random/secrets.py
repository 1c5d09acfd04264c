"""Random secrets."""

import secrets

from application.ports.secrets import SecretSource
from domain.webhooks import SECRET_BYTES


class RandomSecrets(SecretSource):
    """Draws secrets that nobody can guess."""

    def next_secret(self) -> bytes:
        """Return `SECRET_BYTES` random bytes."""
        return secrets.token_bytes(SECRET_BYTES)
