"""The local stack: the real template on an emulated AWS, the simulators of both providers, a demo account, the board.

`make run` starts it in a terminal. Tests and benchmarks start their own, on free ports and with data of its own:

    with sandbox.stack.stack.running() as stack:
        stack.invoke("sweep", {})
        stack.drain()
        assert stack.logs("deal_mover")

What it leaves behind are logs in `.local/stack/logs/` and built functions in `.local/build/`.
"""
