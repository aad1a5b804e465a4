"""Nothing runs code out of files or text: our rules on calls, and those of ruff S."""

import json
import re
import subprocess
import sys

from tests import test_architecture as rules
from tests.security.attempts import Row


def row() -> Row:
    """Lines of the program that could run text as code, a shell or unbound SQL."""
    found = Row("code: pickle, eval, query, yaml, shell, ruff S", len(rules.ALL))
    found.got_through += rules.broken(rules.dangerous_calls, rules.ALL)
    found.got_through += rules.broken(
        rules.sql_text,
        [p for p in rules.ALL if not rules.named(p).startswith("morph/")],
    )
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--no-cache"),
            *("--output-format", "json", *rules.FORBIDDEN),
        ],
        cwd=rules.ROOT,
        capture_output=True,
        text=True,
    )
    for one in json.loads(checked.stdout):
        if not re.match(r"S\d", one["code"] or ""):
            continue
        place = f"{one['filename']}:{one['location']['row']}"
        found.got_through.append(f"{place} {one['code']} {one['message']}")
    return found
