"""What a first visitor would otherwise wait for, done while the server starts."""

import gc


def up() -> None:
    """Import what any page needs, and leave all of it out of garbage collections.

    Some hundred thousand objects of libraries never become garbage; to look through
    them takes a tenth of a second, in which nobody is answered.
    """

    gc.collect()
    gc.freeze()
