"""Evaluation, wired: it hears the referrals' events and answers what they come to."""

from pathlib import Path

from services.evaluation.api import ROUTES
from services.evaluation.projections import PROJECTIONS
from shared.contracts.registry import published
from shared.runtime.run import run
from shared.runtime.service import Service

SERVICE = Service(
    name="evaluation",
    registry=published(),
    hears=("kith.referrals",),
    projections=PROJECTIONS,
    routes=ROUTES,
    home=Path(__file__).parent,
)

if __name__ == "__main__":
    run(SERVICE)
