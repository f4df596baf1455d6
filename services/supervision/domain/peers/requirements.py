"""What is asked before first contact, unless an organisation sets its own table; and what no table may drop."""

from collections.abc import Iterable, Mapping, Sequence

from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.supervision import Requirement

CLINICAL: Sequence[v.Setting] = ("mbu", "cpmht")
OWN_SAFETY: v.Code = "own-safety"
SAFEGUARDING: v.Code = "safeguarding-policy"
SUPERVISOR: v.Code = "named-supervisor"
CHECK_IN: v.Code = "induction-lone-visit-check-in"
PVG: Mapping[s.RoleType, v.Code] = {"children": "pvg-children", "protected-adults": "pvg-protected-adults"}

NEVER_WAIVED: frozenset[v.Code] = frozenset({*PVG.values(), SAFEGUARDING, SUPERVISOR})
"""Whatever a table says of them; own-safety joins them where a visit is a lone one."""


def role_by(whom: str) -> v.Code:
    """What acknowledging the role counts as."""
    return f"role-acknowledged-by-{whom}"


def induction(step: str) -> v.Code:
    """What a step of the induction counts as."""
    return f"induction-{step}"


def _course(code: v.Code, months: int | None = None, settings: Sequence[v.Setting] = ()) -> Requirement:
    return Requirement(code=code, kind="course", months=months, settings=tuple(settings), waivable=True)


def _step(code: v.Code, settings: Sequence[v.Setting] = ()) -> Requirement:
    return Requirement(code=induction(code), kind="induction", settings=tuple(settings))


TABLE: tuple[Requirement, ...] = (
    Requirement(code="references", kind="recruitment", gap="outside"),
    Requirement(code="occupational-requirement", kind="recruitment"),
    *(Requirement(code=code, kind="pvg", gap="outside") for code in PVG.values()),
    Requirement(code=SAFEGUARDING, kind="document", months=12, gap="peer"),
    Requirement(code=role_by("peer"), kind="acknowledgement", gap="peer"),
    Requirement(code=role_by("team"), kind="acknowledgement"),
    Requirement(code=SUPERVISOR, kind="supervisor"),
    _course("nes-1-introduction"),
    _course("nes-2-keeping-baby-in-mind"),
    _course("nes-3-stigma"),
    _course("nes-4-risk-in-the-perinatal-period"),
    _course("nes-5-assessment"),
    _course("nes-6-interventions"),
    _course("nes-7-pharmacological-interventions"),
    _course("nes-follow-on", settings=CLINICAL),
    _course("wrap"),
    _course("peer-to-peer"),
    _course("suicide-prevention", 36),
    _course("webinars"),
    _course("statutory", 12),
    _course("bookbug"),
    Requirement(code=OWN_SAFETY, kind="course", months=24, waivable=True, lone="also"),
    Requirement(code=CHECK_IN, kind="induction", lone="only"),
    _step("shadowing"),
    _step("joint-appointment"),
    _step("pmh-midwife", CLINICAL),
    _step("breastfeeding-team", CLINICAL),
    _step("peer-recovery-network", CLINICAL),
)


def needed(table: Iterable[Requirement], setting: v.Setting, post: s.Post | None) -> list[Requirement]:
    """What is asked of that post in that setting, in the table's order."""
    return [
        asked
        for asked in table
        if (not asked.settings or setting in asked.settings) and (not asked.posts or post in asked.posts)
    ]


def dropped(table: Sequence[Requirement]) -> list[v.Code]:
    """What the table does not ask everywhere of everybody though no table may drop it."""
    everywhere = {
        asked.code: asked for asked in table if not asked.settings and not asked.posts and asked.lone != "only"
    }
    kinds: Mapping[v.Code, s.RequirementKind] = {
        **dict.fromkeys(PVG.values(), "pvg"),
        SAFEGUARDING: "document",
        SUPERVISOR: "supervisor",
    }
    lost = [code for code, kind in kinds.items() if code not in everywhere or everywhere[code].kind != kind]
    lone = {asked.code for asked in table if asked.lone != "no" and not asked.settings and not asked.posts}
    return [*lost, *(code for code in (OWN_SAFETY, CHECK_IN) if code not in lone)]
