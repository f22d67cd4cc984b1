# A service account a function. What each may do is in grants.tf, and nowhere else but in the lanes (who publishes, who
# calls) and the secrets (who reads).
resource "google_service_account" "function" {
  for_each = local.accounts

  project      = var.project
  account_id   = "darkroom-${each.key}"
  display_name = each.value

  depends_on = [google_project_service.this]
}

locals {
  accounts = merge({
    submit   = "Darkroom submit: every client write"
    status   = "Darkroom status: every client read"
    generate = "Darkroom generate: one job to its images"
    notify   = "Darkroom notify: events to webhooks"
    sweep    = "Darkroom sweep: whatever is due"
    },
    var.openai ? { openai = "Darkroom openai: OpenAI's images API" } : {},
  )

  # As members of policies.
  members = { for function, account in google_service_account.function : function => "serviceAccount:${account.email}" }
}

# As whom the functions are built: without it, builds run as the project's default account, which may do far more.
resource "google_service_account" "build" {
  project      = var.project
  account_id   = "darkroom-build"
  display_name = "Darkroom builds"

  depends_on = [google_project_service.this]
}

# Pub/Sub's own account in this project: it hands dead letters on and makes the push identities' tokens.
resource "google_project_service_identity" "pubsub" {
  provider = google-beta

  project = var.project
  service = "pubsub.googleapis.com"

  depends_on = [google_project_service.this]
}
