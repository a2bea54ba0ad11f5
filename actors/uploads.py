"""An upload, from the inbox to the desk: the session says to which match it belongs, the desk judges it.

Who sent it waits here for the end. So a process that dies on the way is noticed, and asked again: nothing
is counted twice, since the same file in the same match is the same upload.
"""

import structlog
import trio

from actors import session
from actors.doors import Doors
from actors.keys import REPLAY_DESK
from actors.messages import Upload, Uploaded
from actors.replay_desk import UPLOAD_S
from actors.rules.ids import PlayerId
from actors.rules.screens import Notice
from supervision import ActorDied, HandlerFailed, NotRunning, Registry

log = structlog.get_logger()

PAUSES_S = (0.2, 1.0, 3.0)
"""Before it is tried again: whoever died is back by then."""
ANSWER_S = UPLOAD_S + 5.0


async def hand_in(registry: Registry, doors: Doors, player: PlayerId, uploaded: Uploaded) -> Notice | None:
    """Have an upload judged; the sentence for the uploader, or None when a card says it.

    Raises:
        KernelError, Reject: it came to nothing.
    """
    for pause_s in PAUSES_S:
        try:
            return await _hand_in_once(registry, doors, player, uploaded)
        except (ActorDied, HandlerFailed, NotRunning) as death:
            log.warning("upload.asked_again", player=player, pause_s=pause_s, reason=repr(death))
        await trio.sleep(pause_s)
    return await _hand_in_once(registry, doors, player, uploaded)


async def _hand_in_once(
    registry: Registry, doors: Doors, player: PlayerId, uploaded: Uploaded
) -> Notice | None:
    ref = await session.wake(registry, doors, player)
    upload: Upload | Notice = await ref.call(uploaded)
    if isinstance(upload, Notice):
        return upload
    return await registry.ref(REPLAY_DESK).call(upload, ANSWER_S)
