"""The APIs of older clients: each a file of translation to and from the use cases, without a rule of its own."""
