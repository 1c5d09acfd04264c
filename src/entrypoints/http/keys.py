"""The public keys by which other services can tell that an access token is ours."""

from typing import Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from application.ports.tokens import Tokens
from domain.errors import NotFound
from entrypoints.http.authentication import PUBLIC

# Long enough to spare us most requests, short enough for a new key to be known before it signs.
_CACHED = {"Cache-Control": "public, max-age=300"}
_JWK_SET = "application/jwk-set+json"


class JwkOut(msgspec.Struct):
    """An Ed25519 key as RFC 8037 writes it."""

    kid: str
    x: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"


class JwkSetOut(msgspec.Struct):
    """A set of keys (RFC 7517, section 5)."""

    keys: list[JwkOut]


@get("/.well-known/jwks.json", opt=PUBLIC, include_in_schema=False)
async def jwks(tokens: NamedDependency[SkipValidation[Tokens]]) -> Response[JwkSetOut]:
    """Return the keys that sign access tokens and those that once did, the one in use first.

    Raises:
        NotFound: tokens are signed with a secret, which nobody else can check.
    """
    if not tokens.public_keys:
        raise NotFound("Tokens are signed with a secret here: there are no public keys.")
    keys = [JwkOut(kid=key.kid, x=key.x) for key in tokens.public_keys]
    return Response(JwkSetOut(keys), media_type=_JWK_SET, headers=_CACHED)
