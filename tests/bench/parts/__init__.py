"""The parts of the benchmark, in the order in which they run; each is a module of its name here."""

PARTS = ("cold", "cpu", "jobs", "growth", "cost", "local_cloud")
