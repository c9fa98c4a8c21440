"""A simulator of Altegio: REST v1 and parts of v2, the marketplace, webhooks out, and control calls.

`python -m sandbox.altegio --port 8102 [--scenario demo|empty] [--recorded FOLDER]`; in a test
`run_in_thread(lambda: create_app(Altegio(Options(scenario="demo"))))`.

Where things are: `model`, `account_model` and `state` hold the world; `records`, `visits`, `finance`, `clients`,
`events`, `schedule`, `loyalty`, `marketplace` and `access` change it and know the rules; the views write it as the wire
does; `routes/` reads requests; `hooks` rings; `control` serves `/_control`; `world_demo`, `world_recorded`, `bulk`
and `opening` fill it; `play` lets a day happen.
"""

from .app import Altegio

__all__ = ["Altegio"]
