"""Bounding how often a password may be guessed: what is counted, and what of it counts."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil

from application.ports.throttle import Allowance, Throttle
from domain.errors import TooManyRequests, Unavailable
from domain.users import User, email_key, username_key

# Above it, the bits of an IPv6 address are a network's; those below, its owner chooses (RFC 4291, section 2.5.4).
_INTERFACE_BITS = 64


@dataclass(frozen=True, slots=True)
class GuessLimit:
    """How often a password may be guessed, for an account and from an address.

    A guess is counted when its outcome is known and before anyone hears of it. Of many at the same moment, so many
    outcomes are told as are allowed, and the others learn nothing, whether they were right or wrong. Hanging up
    early therefore gains nothing, and those who know their password never stand in each other's way.
    """

    throttle: Throttle
    allowance: Allowance

    async def check(self, *, account: str, address: str | None = None, at: datetime) -> None:
        """Let a guess be made where its outcome could be told, so that none is looked at for nothing.

        Args:
            account: the key that stands for the account.
            address: the key that stands for where the guess comes from, if that counts, too.
            at: the present moment.

        Raises:
            TooManyRequests: the allowance of the account or of the address is used up.
            Unavailable: the store is away.
        """
        keys = (account,) if address is None else (account, address)
        await self.throttle.check(*keys, allowance=self.allowance, at=at)

    async def settle(self, *, is_right: bool, account: str, address: str | None = None, at: datetime) -> None:
        """Count a guess whose outcome is known, if it is wrong; return if the outcome may be told.

        A right one clears the account of former failures, but not the address: else whoever has one account could
        guess at all others for ever.

        Raises:
            TooManyRequests: the allowance is used up by now; nothing may be told.
            Unavailable: the store is away; nothing may be told.
        """
        # For right and wrong ones alike, so that the way to a refusal does not tell them apart.
        await self.check(account=account, address=address, at=at)
        if is_right:
            with suppress(Unavailable):
                await self.throttle.clear(account)
            return
        if address is not None:
            await self.throttle.take(address, self.allowance, at=at)
        try:
            await self.throttle.take(account, self.allowance, at=at)
        except TooManyRequests:
            if address is not None:
                await self.throttle.give_back(address)
            raise

    async def forgive(self, user: User) -> None:
        """Forget the failures of an account, under either of its names."""
        with suppress(Unavailable):
            await self.throttle.clear(account_key(username=user.username, email=None))
            if user.email is not None:
                await self.throttle.clear(account_key(username=None, email=user.email))
            await self.throttle.clear(password_key(user.id))


def account_key(*, username: str | None, email: str | None) -> str:
    """Return the key for an account as it was named: known and unknown names are counted alike."""
    if username is not None:
        return _key("username", username_key(username))
    return _key("email", email_key(email or ""))


def address_key(address: str | None) -> str:
    """Return the key for a client's IP address: of IPv6, its network, since each has more addresses than tries.

    All whose address is not known, or none, share one key.
    """
    try:
        ip = ip_address(address or "")
    except ValueError:
        return _key("address", "unknown")
    if isinstance(ip, IPv6Address):
        return _key("address", str(ip.ipv4_mapped or f"{int(ip) >> _INTERFACE_BITS:x}/{_INTERFACE_BITS}"))
    return _key("address", str(ip))


def password_key(user_id: int) -> str:
    """Return the key for the password of someone who is signed in."""
    return _key("password", str(user_id))


def used_up(resets_at: datetime, *, at: datetime) -> TooManyRequests:
    """Return the refusal of a try at this moment, when the next one is possible at the other."""
    seconds = max(1, ceil((resets_at - at).total_seconds()))
    minutes = ceil(seconds / 60)
    when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return TooManyRequests(
        f"Too many tries have failed. Try again {when}; until then no password is looked at.", retry_after=seconds
    )


def _key(kind: str, name: str) -> str:
    # Of any length and in any characters, names come out as keys of one length and in ASCII.
    return f"{kind}:{sha256(name.encode(errors='surrogatepass')).hexdigest()}"
