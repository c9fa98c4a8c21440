"""`python -m sandbox.kommo --port 8101`."""

import sys

from sandbox.simulator import main

from .app import HOOK_DELAY, KommoSimulator

sys.exit(main("Kommo", lambda options, _: KommoSimulator(options), port=8101, hook_delay=HOOK_DELAY))
