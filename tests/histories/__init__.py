"""Random histories: what may happen in a salon and in its Kommo account, and what must be true once all is quiet.

`steps` makes histories, `lives` lets them happen on both sides, `judging` tells how they must have ended, apart from
the product's rules. `plans` run many at once with `troubles`, and make a failing plan small. The mover's test
bed and the deployed stack run the same histories.
"""
