# For trying things: small, cheap, and gone with one command.
deletion_protection = false
backup_days         = 1
soft_delete_days    = 0

lanes = {
  interactive = { max_instances = 2, concurrency = 16 }
  batch       = { max_instances = 1, concurrency = 32 }
}

max_instances = {
  submit = 2
  status = 2
  notify = 1
  openai = 2
}

monthly_budget_usd = 20

settings = {
  log_level      = "DEBUG"
  trace_sampling = 1
}
