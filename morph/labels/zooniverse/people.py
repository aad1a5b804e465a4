"""Names for the users of a Zooniverse project, from which nobody reads who they are.

A name is a keyed hash (HMAC-SHA256); the key stays in the home, so that the same user
has the same name in every export that is read there, and other names elsewhere.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from morph.atomic import writing
from morph.home import labels_folder

KEY = "zooniverse.key"
_DIGITS = 12


@dataclass(frozen=True)
class Names:
    """Names for users, made with a secret ``key``."""

    key: bytes

    def of(self, user_name: str, user_id: str, classification: str) -> tuple[str, bool]:
        """The name of a user, and whether they were logged in.

        The Zooniverse names those who were not by a hash of their address; without
        that, each classification is counted as another person.
        """
        if user_id:
            return f"volunteer {self._hash('id ' + user_id.removesuffix('.0'))}", True
        if user_name and not user_name.startswith("not-logged-in"):
            return f"volunteer {self._hash('name ' + user_name)}", True
        who = user_name or f"classification {classification}"
        return f"anonymous {self._hash('anonymous ' + who)}", False

    def _hash(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def names(root: Path) -> Names:
    """The names of a home; its key is made at the first call."""
    folder = labels_folder(root)
    path = folder / KEY
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{KEY}.{secrets.token_hex(8)}"
        if not path.exists():
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as written:
                written.write(secrets.token_bytes(32))
                written.flush()
                os.fsync(written.fileno())
            try:
                os.link(new, path)  # of two processes, the first one's key stays
            except FileExistsError:
                pass
            finally:
                new.unlink()
    return Names(path.read_bytes())
