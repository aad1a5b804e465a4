"""Permits: with one from the page, a browser may send a person's answers to a queue.

A permit is signed with a key in MORPH_HOME, so that it outlives a restart of the
server: an answer that waits in a browser is then still accepted.
"""

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from pathlib import Path

from morph.atomic import replacing
from morph.errors import MorphError
from morph.home import labels_folder
from pages.common.server import access

_KEY = "permits.key"
_BYTES = 32


def permit(root: Path, queue_id: str, who: str) -> str:
    """The permit of a person for a queue; give it to nobody else."""
    text = json.dumps([queue_id, who]).encode()
    return hmac.new(_key(root), text, hashlib.sha256).hexdigest()


def check(root: Path, given: str, queue_id: str, who: str) -> None:
    """Raise MorphError unless the permit is this person's, who may still answer."""
    known = permit(root, queue_id, who)
    if not hmac.compare_digest(given.encode(), known.encode()):
        raise MorphError("this page is out of date; reload it to go on labelling")
    settings = access.read()
    if access.is_shared(settings) and who not in settings.people:
        raise MorphError(
            f"{who} is no longer among those who may change this dashboard; ask its "
            "owner"
        )


def _key(root: Path) -> bytes:
    """The key of this home, made when it is first needed."""
    path = labels_folder(root) / _KEY
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == _BYTES:
            return key
    with replacing(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(secrets.token_bytes(_BYTES))
    return path.read_bytes()
