"""How the body of an older version becomes the body of the next one, so that every reader meets only the newest.

An upcaster is a pure function from one version's JSON object to the next version's, registered under the older type::

    def _minutes_instead_of_hours(body: Body) -> Body:
        return {**body, "minutes": body["hours"] * 60}

    UPCASTERS = {"kith.session-held.v1": _minutes_instead_of_hours}

Once published it is never removed: the journal, the inbox and the topic keep the old bodies for ever.
"""

from collections.abc import Callable, Mapping
from typing import Any

Body = Mapping[str, Any]
Upcaster = Callable[[Body], Body]

UPCASTERS: Mapping[str, Upcaster] = {}
