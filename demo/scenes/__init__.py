"""What one charity lives through, scene by scene: each is played, checked, and becomes a table."""

from collections.abc import Sequence

from demo.house import House
from demo.scenes.charity import Scene, opened
from demo.scenes.closure import play as closure
from demo.scenes.company import play as company
from demo.scenes.loss import play as loss
from demo.scenes.matching import play as matching
from demo.telling import Teller

__all__ = ["Scene", "play"]


async def play(house: House, teller: Teller) -> Sequence[Scene]:
    """Every scene, in order; raises Fault when something is answered otherwise than it must be."""
    charity = await opened(house, teller)
    return [scene for act in (matching, company, closure, loss) for scene in await act(charity)]
