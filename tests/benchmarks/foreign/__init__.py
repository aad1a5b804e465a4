"""A survey that is not made by the simulation: other PSFs, native pixels, coadds."""
