"""What the room of concerns and duty rotas offers over HTTP."""

from collections.abc import Sequence

from shared.runtime.http import Route

SAFEGUARDING_ROUTES: Sequence[Route] = ()
