"""The gateway, wired: two doors, one way of placing what comes in, and a receipt for everything."""

from pathlib import Path

from services.gateway.api import ROUTES
from services.gateway.domain.submission import SUBMISSION
from services.gateway.forgetting import forget_the_erased
from services.gateway.forms import FORMS
from services.gateway.placing import place_what_waited
from services.gateway.projections import PROJECTIONS
from services.gateway.reactions import intake
from services.gateway.retention import forget_settled
from shared.contracts.registry import published
from shared.runtime.run import run
from shared.runtime.service import Service
from shared.runtime.transport_keys import reader_keys

SERVICE = Service(
    name="gateway",
    registry=published(),
    hears=("kith.intake.*", "kith.referrals"),
    aggregates=(SUBMISSION,),
    intake=intake(published()),
    projections=(*PROJECTIONS, reader_keys("referrals")),
    routes=(*ROUTES, *FORMS),
    works=(place_what_waited, forget_settled, forget_the_erased),
    home=Path(__file__).parent,
    vault=True,
)

if __name__ == "__main__":
    run(SERVICE)
