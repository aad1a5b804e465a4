"""Acts for the tests of labels."""

from dataclasses import replace
from itertools import count

from morph.labels.answers_file import Act

_numbers = count()


def act(who="ann", iauname="J1", *answer, **more) -> Act:
    """An answer, each later than those made before."""
    number = next(_numbers)
    when = f"2026-12-01T09:{number // 60 % 60:02}:{number % 60:02}.000+00:00"
    kind = "answer" if answer else "unknown"
    one = Act(f"id{number}", who, when, kind, "demo@1", iauname, answer)
    return replace(one, **more)


def undo(of: Act) -> Act:
    return act(of.who, of.iauname, kind="undo", undoes=of.act_id, queue=of.queue)
