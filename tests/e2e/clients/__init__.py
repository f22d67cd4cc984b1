"""Clients as the older services had them: each written from its contract's words alone, importing nothing of ours."""
