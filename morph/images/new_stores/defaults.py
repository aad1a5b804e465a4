"""Defaults and limits of a download of cutouts."""

SIZE = 256  # pixels, as Ye et al. (2025)
LEAST_PIXELS = 16
MOST_MISSING = 0.2  # of the pixels; Galaxy Zoo DECaLS rejected more, too
FROM_BRICKS = "coadd bricks"  # in journals, in place of the address of a service
AT_ONCE, MOST_AT_ONCE = 4, 8  # connections
