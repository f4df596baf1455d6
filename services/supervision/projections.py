"""The read models, subject by subject; and the keys to which what only referrals is to read is sealed."""

from services.supervision.peers.projections import PEERS_PROJECTIONS
from services.supervision.safeguarding.projections import SAFEGUARDING_PROJECTIONS
from shared.runtime.transport_keys import reader_keys

PROJECTIONS = (*PEERS_PROJECTIONS, *SAFEGUARDING_PROJECTIONS, reader_keys("referrals"))
