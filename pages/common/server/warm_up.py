"""Work done when the server starts, so that a first visitor need not wait for it."""

import gc


def up() -> None:
    """Import what any page needs, and leave all of it out of garbage collections.

    Some hundred thousand objects of libraries never become garbage; to look through
    them takes a tenth of a second, in which nobody is answered.
    """

    gc.collect()
    gc.freeze()
