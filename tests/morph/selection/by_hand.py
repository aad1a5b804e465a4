"""Selections made with numpy alone, of the files of a release."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from morph.posterior import dirichlet
from morph.selection.certainty.certainty import Certainty, Spread, Tail
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5, Question
from tests.morph.sky_by_hand import in_region


class ByHand:
    """A release read from its files, and selections of it with numpy alone."""

    def __init__(self, folder: Path) -> None:
        galaxies = pd.read_parquet(folder / "galaxies.parquet").set_index("iauname")
        posteriors = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
        self.galaxies = galaxies
        values = posteriors.loc[galaxies.index].to_numpy(float)
        self.votes = None
        if (folder / "votes.parquet").exists():
            votes = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
            self.votes = votes.reindex(galaxies.index).fillna(0).to_numpy()
        self.has_alpha = posteriors.columns[0].endswith("_concentration")
        self.alpha = values
        self.rho = (
            dirichlet.expected_probability(values, GZD5) if self.has_alpha else values
        )
        if (folder / "samples.parquet").exists():
            samples = pd.read_parquet(folder / "samples.parquet")
            passes = [
                part.drop(columns="pass").set_index("iauname").loc[galaxies.index]
                for _, part in samples.groupby("pass")
            ]
            self.samples = np.stack([part.to_numpy(float) for part in passes])
            self.rho = dirichlet.mixture_mean(self.samples, GZD5)
        else:
            self.samples = None

    def mask(self, selection: Selection) -> np.ndarray:
        keep = np.ones(len(self.rho), dtype=bool)
        for question in selection.questions:
            if selection.rule == "largest":
                keep &= self._reached(question)
            elif selection.rule == "asked" and question.asked_after:
                asked = np.float32(np.minimum(self._asked(question), 1))
                keep &= asked >= np.float32(selection.asked)
            if selection.least_votes:
                votes = self.votes[:, GZD5.columns(question)].sum(axis=1)
                keep &= votes >= selection.least_votes
        for label, (low, high) in selection.limits.items():
            rho = np.float32(self.rho[:, GZD5.labels.index(label)])
            keep &= (rho >= np.float32(low)) & (rho <= np.float32(high))
        for condition in selection.certainty:
            keep &= self._certain(condition, keep)
        for column, limit in selection.physical.items():
            values = self.galaxies[column].to_numpy()
            inside = (values >= limit.low) & (values <= limit.high)
            keep &= inside | (np.isnan(values) & limit.keep_missing)
        if selection.sky is not None:
            positions = (self.galaxies[name].to_numpy() for name in ("ra", "dec"))
            keep &= in_region(selection.sky, *positions)
        return keep

    def _reached(self, question: Question) -> np.ndarray:
        if not question.asked_after:
            return np.ones(len(self.rho), dtype=bool)
        reached = np.zeros(len(self.rho), dtype=bool)
        for label in question.asked_after:
            parent = GZD5.question_of(label)
            rho = self.rho[:, GZD5.columns(parent)]
            known = ~np.isnan(rho).any(axis=1)
            largest = np.nan_to_num(rho).argmax(axis=1) == parent.labels.index(label)
            reached |= known & largest & self._reached(parent)
        return reached

    def _asked(self, question: Question) -> np.ndarray:
        if not question.asked_after:
            return np.ones(len(self.rho))
        return sum(
            self._asked(GZD5.question_of(label)) * self.rho[:, GZD5.labels.index(label)]
            for label in question.asked_after
        )

    def _certain(self, condition: Certainty, left: np.ndarray) -> np.ndarray:
        place = GZD5.labels.index(condition.label)
        columns = GZD5.columns(GZD5.question_of(condition.label))
        if isinstance(condition, Tail):
            tail = self._tail(place, columns, condition.threshold)
            return tail >= condition.at_least
        if isinstance(condition, Spread):
            variance = np.float32(self._variance(place, columns))
            return np.sqrt(variance.astype(float)) <= condition.at_most
        if condition.by == "concentration":
            value = -self.alpha[:, columns].sum(axis=1)
        elif condition.by == "information":
            question = GZD5.questions.index(GZD5.question_of(condition.label))
            value = dirichlet.mutual_information(self.samples, GZD5)[:, question]
        else:
            value = self._variance(place, columns)
        value = np.float32(-value if condition.least else value)
        if not left.any():
            return left
        ranked = np.sort(value[left])
        rank = math.ceil(round(condition.percent * len(ranked) / 100, 6))
        return value <= ranked[rank - 1]

    def _variance(self, place: int, columns: slice) -> np.ndarray:
        if self.samples is not None:
            return dirichlet.total_variance(self.samples, GZD5)[:, place]
        total = self.alpha[:, columns].sum(axis=1)
        rho = self.alpha[:, place] / total
        return rho * (1 - rho) / (total + 1)

    def _tail(self, place: int, columns: slice, threshold: float) -> np.ndarray:
        passes = [self.alpha] if self.samples is None else self.samples
        tails = []
        for alpha in passes:
            rest = alpha[:, columns].sum(axis=1) - alpha[:, place]
            tails.append(stats.beta.sf(threshold, alpha[:, place], rest))
        tail = np.mean(tails, axis=0)
        return tail if self.samples is None else np.float32(tail).astype(float)
