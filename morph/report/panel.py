"""One plot of a run."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Panel:
    """One plot of a run; ``draw`` takes some tenths of a second."""

    key: str
    heading: str
    words: str
    draw: Callable[[], go.Figure]
    table: pd.DataFrame
