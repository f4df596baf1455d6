"""Who may do what: the roles a key may have, in the groups to which routes are open."""

MANAGERS = ("line-manager", "service-lead", "workforce-lead")
"""Who recruits, trains and manages."""
