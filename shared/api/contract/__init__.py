"""What each call takes and answers: read where somebody asks for the contract, and by nobody else.

A new operation needs its `Call` in one of the files here that `openapi.CALLS` gathers. Its fields are explained in
glossary.py, its codes in codes.py, its headers in headers.py.
"""
