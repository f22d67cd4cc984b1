"""Terraform files as values: read by python-hcl2, evaluated as far as that goes before anything is deployed."""
