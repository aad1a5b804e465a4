"""Files of the Hugging Face hub, fetched into its own cache (``HF_HOME``).

A file once fetched is found again without a network. ``HF_ENDPOINT`` names a mirror.
"""

import os
from pathlib import Path

from morph.errors import MorphError


def fetch(repository: str, name: str) -> Path | None:
    """One file of ``OWNER/NAME`` or ``OWNER/NAME@REVISION``; None if it is not in it.

    Raises
    ------
    MorphError
        If there is no such repository, it is not open to all, or out of reach.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    owner_and_name, _, revision = repository.partition("@")
    try:
        found = hf_hub_download(
            owner_and_name,
            name,
            revision=revision or None,
            endpoint=os.environ.get("HF_ENDPOINT"),
        )
    except LocalEntryNotFoundError as error:  # neither there nor kept here
        raise _explained(repository, error) from error
    except EntryNotFoundError:
        return None
    except Exception as error:  # whatever its network library raises
        raise _explained(repository, error) from error
    return Path(found)


def _explained(repository: str, error: Exception) -> MorphError:
    """What went wrong between here and the hub, and what to do about it."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    said = (str(error.__cause__ or error).strip() or type(error).__name__).split("\n")
    if isinstance(error, HFValidationError):
        return MorphError(
            f"{repository!r} cannot be a repository of the Hugging Face hub: expected "
            f"OWNER/NAME or OWNER/NAME@REVISION ({said[0]})"
        )
    if isinstance(error, GatedRepoError):
        return MorphError(
            f"{repository} is open only to those whom its owner admits; ask there, "
            "then give your token in HF_TOKEN"
        )
    if isinstance(error, RepositoryNotFoundError | RevisionNotFoundError):
        return MorphError(
            f"the Hugging Face hub has no {repository} (or shows it to its owner "
            "alone); check the name"
        )
    return MorphError(
        f"{repository} cannot be fetched from the Hugging Face hub ({said[0]}); try "
        "again with a network, name a mirror in HF_ENDPOINT, or copy the file here and "
        "name it in model.weights"
    )
