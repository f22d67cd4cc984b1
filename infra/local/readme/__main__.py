"""`python -m infra.local.readme`: print infra/local/README.md."""

from infra.local.readme.text import readme

print(readme(), end="")
