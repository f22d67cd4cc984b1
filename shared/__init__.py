"""What more than one function uses. Importing it loads nothing else."""
