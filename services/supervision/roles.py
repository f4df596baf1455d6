"""Who may do what: the roles a key may have, in the groups to which routes are open."""

MANAGERS = ("line-manager", "service-lead", "workforce-lead")
"""Who recruits, trains and manages."""
SUPERVISORS = ("supervisor", "service-lead")
AROUND = ("supervisor", *MANAGERS, "peer")
"""Who works with the peer closely enough to tell of them, the peer among them; for themselves alone."""
OWN = ("supervisor", "peer")
"""Whom the peer tells what is their own: their supervisor, or nobody but the machine."""
OUT = (*AROUND, "coordinator", "clinician")
"""Who writes down that a peer goes out alone and is back, when the peer rings in."""
ON_CALL = ("supervisor", "service-lead", "line-manager", "safeguarding-lead", "clinician")
"""Who may look where somebody went who is not back."""
STOPPERS = ("service-lead", "safeguarding-lead", "named-officer")
OFFICERS = ("named-officer",)
LEADS = ("service-lead", "safeguarding-lead", "information-governance", "workforce-lead")
"""Who answers for the provider."""
TEAM = ("supervisor", *MANAGERS, "clinician", "coordinator", "peer")
"""Anybody who works there; a debrief is open to all of them."""
ANSWERERS = ("clinician", "safeguarding-lead", "charge-nurse", "named-officer", "deputy-officer")
"""Whom concerns may be for; each sees those that are for them alone."""
RAISERS = (*ANSWERERS, "peer", "supervisor", "coordinator", "service-lead")
"""Anybody who works here may say that they are worried."""
ROTA_KEEPERS = ("service-lead", "coordinator", "clinician")
CARRIERS = ("message-carrier",)
"""A key that may pass receipts on and nothing else."""
