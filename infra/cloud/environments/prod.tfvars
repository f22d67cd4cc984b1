# For real: what is stored is protected, and somebody who asks meets an instance that is warm.
deletion_protection = true
backup_days         = 35
soft_delete_days    = 30

lanes = {
  interactive = { max_instances = 20, concurrency = 16 }
  batch       = { max_instances = 5, concurrency = 32 }
}

# 99.9 % of submits below 500 ms cannot be had with cold starts.
min_instances = {
  submit = 1
  status = 1
}

# More than the 20 CPUs that a new project may have of a function in a region: ask for more of Cloud Run's quota before.
max_instances = {
  submit = 50
  status = 50
  notify = 20
  openai = 20
}

monthly_budget_usd = 5000

# To be filled in: domain = "images.example.com", notification_emails = ["oncall@example.com"], billing_account = "…".
