"""A table to open, in whatever format a test writes it."""

import pandas as pd
import pytest

from tests.published_tables import concentrations_as_published


@pytest.fixture
def concentrations() -> pd.DataFrame:
    return concentrations_as_published()
