"""A measure as it is defined in one version and language: how its items become scores, and what a score may mean.

A definition is a data file in `services/evaluation/measures`; adding a measure is adding a file. No file holds the
words of an item.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts import values as v

Encoding = Literal["scored", "position"]
"""Whether an item says its score, or which answer down the page was ticked, counted from the lowest score up."""
Mode = Literal["self", "interview", "interpreted"]
Item = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(_Part):
    """A rule of a measure, where it comes from, and whether somebody has read it there."""

    source: str = Field(min_length=1)
    confirmed: bool


class Scale(_Part):
    """What is reckoned of some items: their sum, their mean, or what a table gives for their sum."""

    name: str
    items: tuple[Item, ...]
    reckoned: Literal["sum", "mean", "table"] = "sum"
    most_missing: int = Field(default=0, ge=0)
    """How many items may be missing: a sum takes each of them at the mean of the others."""
    table: tuple[float, ...] = ()
    """For each sum from the lowest possible up."""


class RiskItem(_Part):
    """An item that asks about danger: from which score up somebody must look at once."""

    item: Item
    at_least: int


class CutOff(Sourced):
    """From where a score is that of somebody unwell, for those of whom this is known and nobody else."""

    name: str
    scale: str
    at_least: float | None = None
    """Unwell from here up, where more is worse."""
    below: float | None = None
    """Unwell below, where more is better."""
    parent_roles: tuple[v.ParentRole, ...]
    stages: tuple[v.Stage, ...]
    modes: tuple[Mode, ...] = ("self", "interview")
    """What was interpreted is another version, with its own cut-off or none."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.below is None):
            raise ValueError("a cut-off has one bound: at_least or below")
        return self

    def is_case(self, score: float) -> bool:
        """Whether the score is on the unwell side."""
        return score >= self.at_least if self.at_least is not None else score < (self.below or 0.0)


class ReliableChange(Sourced):
    """By how much a score must differ before it is more than the measure's own error."""

    scale: str
    at_least: float | None = None
    more_than: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("a reliable change has one bound: at_least or more_than")
        return self

    def is_reached(self, points: float) -> bool:
        """Whether so many points, in either direction, are a reliable change."""
        return abs(points) >= self.at_least if self.at_least is not None else abs(points) > (self.more_than or 0.0)


class Licence(Sourced):
    """Who holds the rights, and what may be done."""

    holder: str
    terms: str


class Loinc(_Part):
    """The codes under which others know the measure; `also` are accepted and never sent."""

    form: str | None = None
    total: str | None = None
    also: tuple[str, ...] = ()


class Definition(_Part):
    """One measure in one version and language."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    language: v.Language
    title: str
    items: Item
    lowest: int
    highest: int
    reversed: tuple[Item, ...] = ()
    """The items whose answers run from the highest score down the page."""
    encodings: tuple[Encoding, ...] = ("scored", "position")
    """`scored` alone where it is not known which items are reversed."""
    higher_is: Literal["worse", "better", "neither"]
    scales: tuple[Scale, ...]
    risk_items: tuple[RiskItem, ...] = ()
    cut_offs: Mapping[str, tuple[CutOff, ...]] = {}
    """By the name of the set; `default` unless an organisation chose another."""
    reliable_changes: tuple[ReliableChange, ...] = ()
    licence: Licence
    loinc: Loinc = Loinc()
    link_id: str
    """How a questionnaire response names item n, with `{n}` for its number."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        numbers = set(range(1, self.items + 1))
        named = {*self.reversed, *(risk.item for risk in self.risk_items)}
        if self.lowest >= self.highest or not named <= numbers:
            raise ValueError("the items named are not among the items, or have no range")
        for scale in self.scales:
            if not set(scale.items) <= numbers or len(set(scale.items)) < len(scale.items):
                raise ValueError(f"scale {scale.name} is not over items of the measure, each once")
            sums = len(scale.items) * (self.highest - self.lowest) + 1
            if (scale.reckoned == "table") != (len(scale.table) == sums) or (scale.table and scale.most_missing):
                raise ValueError(f"scale {scale.name} needs a table of {sums} values and every item, or no table")
        names = {scale.name for scale in self.scales}
        used = {cut.scale for cuts in self.cut_offs.values() for cut in cuts} | {r.scale for r in self.reliable_changes}
        if not used <= names:
            raise ValueError("a cut-off or a reliable change is of a scale that is not there")
        return self

    @property
    def key(self) -> str:
        """How events name it, as `epds@1987-en`."""
        return f"{self.id}@{self.version}"

    def scale(self, name: str) -> Scale:
        """The scale of that name; raises KeyError."""
        return {scale.name: scale for scale in self.scales}[name]

    def reliable_change(self, scale: str) -> ReliableChange | None:
        """What a reliable change of that scale is, if anybody knows."""
        return next((each for each in self.reliable_changes if each.scale == scale), None)
