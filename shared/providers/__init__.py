"""Who makes the pictures: one module a provider, its vendor imported when it is first used."""
