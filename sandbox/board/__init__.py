"""The board: one page that shows Kommo, Altegio, and what happens between them.

`python -m sandbox.board --port 8100 --stack .local/stack.json`; without a stack, on the simulators alone,
`python -m sandbox.board --kommo http://127.0.0.1:8101 --altegio http://127.0.0.1:8102`.

A board looks at the simulators as an administrator, so that its requests count towards no limit and meet no fault, and
only while a page is open. `watch` reads them a few times a second into one flat state, `feed` sends each page what
differs from what it has. What people do on the page goes to `app`, and from there to the simulators as the salon's or
the manager's own screens would do it.
"""
