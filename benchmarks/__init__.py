"""What was promised about speed, measured in one run on the local stack; `python -m benchmarks` writes the report.

`salon` holds the account under load; `burst`, `latency`, `naive`, `starting` and `simulators` each measure one thing;
`spent`, `floor` and `report` are pure: they add up, compare and write.
"""
