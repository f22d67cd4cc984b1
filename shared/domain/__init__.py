"""Pure values and rules: the job, its request, its money, its failures. Standard library and msgspec only."""
