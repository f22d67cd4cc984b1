"""What a deployment will need and cost, on paper: `make plan JOBS_PER_DAY=… MODEL=…`."""
