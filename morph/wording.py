"""Amounts as people read them: shares as percentages, bytes as sizes of files."""


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage, without a space before its sign: 0.9 is 90%."""
    return f"{share:.{digits}%}"


def size(number: float) -> str:
    """Bytes as the size of a file, in two or three digits: 640 B, 1.4 GB."""
    amount, units = float(number), ["B", "kB", "MB", "GB", "TB"]
    while round(amount) >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    digits = 1 if amount < 10 and units[0] != "B" else 0
    return f"{amount:,.{digits}f} {units[0]}"
