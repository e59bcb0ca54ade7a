"""What a shot costs at a model, by the price list."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from ..errors import BadInput
from .capability import Capability, bought, script
from .contract import Estimate
from .faults import faults
from .shot import Shot


def estimate(shot: Shot, can: Capability) -> Estimate:
    """What the shot costs by the price list. Raises BadInput if it can't be made."""
    cost, length, each = price(shot, can), bought(shot, can), _a_second(shot, can)
    if cost is None or length is None or each is None:
        raise BadInput(f"{can.name} can't make the shot", faults=faults(shot, can))
    if can.free:
        return Estimate(cost)
    if cost == can.least_price:
        return Estimate(cost, f"{_dollars(cost)} is the least that a clip costs")
    if can.character_price:
        return Estimate(
            cost, f"{len(script(shot))} characters at ${can.character_price.normalize():f} a million"
        )
    much = _UNITS.get(shot.makes, f"{float(length):g} s")
    much = f"about {much} of speech" if shot.makes == "speech" else much
    pictures = _pictures(shot) if can.picture_price else 0
    more = f" and {_dollars(can.picture_price)} for each of {pictures} pictures" if pictures > 1 else ""
    more = f" and {_dollars(can.picture_price)} for its picture" if pictures == 1 else more
    return Estimate(cost, f"{much} at {_dollars(each)}{more}")


_UNITS = {"picture": "one picture", "music": "one piece of music"}


def _dollars(amount: Decimal) -> str:
    """$0.40, $0.034"""
    plain = amount.normalize()
    return f"${plain:.{-min(-2, int(plain.as_tuple().exponent))}f}"


def price(shot: Shot, can: Capability) -> Decimal | None:
    """Dollars; None if it can't be made."""
    length, a_second = bought(shot, can), _a_second(shot, can)
    if length is None or a_second is None:
        return None
    if shot.makes == "music":  # by the piece
        length = Fraction(1)
    cost = a_second * length.numerator / length.denominator + can.picture_price * _pictures(shot)
    cost += can.character_price * len(script(shot)) / 1_000_000
    return max(cost, can.least_price).quantize(Decimal("0.000001"))


def settled(shot: Shot, can: Capability, seconds: float) -> Decimal | None:
    """What a speech has cost, now that its length is known; None where the length makes no difference."""
    each = _a_second(shot, can)
    if shot.makes != "speech" or not each:
        return None
    return (each * Decimal(str(seconds))).quantize(Decimal("0.000001"))


def _a_second(shot: Shot, can: Capability) -> Decimal | None:
    """Dollars for a second of the shot's resolution and sound, or for a picture or a piece of music; None for one that
    has no price."""
    prices = can.prices
    if can.audio == "switch" and shot.audio is False:
        prices = prices | can.silent_prices
    return prices.get(shot.resolution, prices.get("", None if prices else Decimal(0)))


def _pictures(shot: Shot) -> int:
    """How many a clip is made from."""
    if shot.mode in ("references", "picture"):
        return len(shot.references)
    return (
        sum(bool(name) for name in (shot.image, shot.last_frame)) if shot.mode in ("image", "frames") else 0
    )
