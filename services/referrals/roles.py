"""Who may do what: the roles a key may have, in the groups to which routes are open."""

DECIDERS = ("coordinator", "service-lead", "clinician")
TEAM = ("coordinator", "service-lead", "clinician", "peer")
CLINICIANS = ("clinician",)
EVERYBODY = (*TEAM, "supervisor", "evaluator", "sender")
CARERS = ("coordinator", "service-lead", "clinician")
"""Who may see who a client is; a peer hears it from them."""
OFFICERS = ("information-governance",)
"""Who decides about people's data: the officer named by the key, whose decision has a reference in their own file."""
CARRIERS = ("message-carrier",)
"""A key that may pass replies on and nothing else."""
