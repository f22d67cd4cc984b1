"""`make bench`: how fast and how large Darkroom is, side by side with what it is held against, and its bounds.

The frame chooses the parts (`PARTS=cold,cpu`; all, in the order of tests/bench/parts/__init__.py), asks each for its
rows, prints one table, writes out/bench/bench.json and out/bench/bench.svg, and ends with 1 where a bound of
bounds.py is broken or a part failed, with 2 where it cannot begin.

A part is a module or a package of tests/bench/parts, named in its table, with

    def run(*, quick: bool) -> list[Row]

and, where it needs what `make setup` does not bring,

    def missing() -> list[str]      # what is not there and how to get it, a sentence each

which is asked before anything runs, and may get it by itself, where it may.

A row is one line of the table (rows.py): `ours` and `base` hold a value a round, and are paired where both are given:
measure A B, B A, A B by `interleaved` (pairing.py). The ratio of a row is the median over its pairs, so that what else
the machine does at the time meets both halves of a pair alike. A bound names the part, the row, and whether it limits
the ratio or the value; one that is not `quick` is of full runs alone, and a row that says why (`unjudged`) is held to
none.
`servers.py` starts functions, ours and bare ones, on a local cloud; `load.py` asks them.
"""
