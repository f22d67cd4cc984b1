"""`make deploy` and `make destroy`: checks, bundles, the state's bucket, and Terraform (or OpenTofu) on infra/cloud."""
