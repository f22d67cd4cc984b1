# The clock: a POST to sweep every minute, which does whatever is due in Firestore.

# As whom the clock calls sweep, and nothing else does.
resource "google_service_account" "clock" {
  project      = var.project_id
  account_id   = "clock-${var.name}"
  display_name = "Cloud Scheduler, calling ${var.name}"
}

resource "google_cloud_scheduler_job" "this" {
  name        = var.name
  project     = var.project_id
  region      = var.region
  description = "Has ${var.name} do whatever is due."
  schedule    = var.schedule
  time_zone   = "Etc/UTC"
  paused      = false

  # Longer than a tick may take (50 s and what it has begun by then), so that none is counted as failed that goes on.
  attempt_deadline = "${var.deadline_seconds}s"

  # The next minute brings the next tick: one quick repeat bridges a hiccup, more would pile up on an outage.
  retry_config {
    retry_count          = 1
    min_backoff_duration = "5s"
    max_backoff_duration = "20s"
    max_doublings        = 2
    max_retry_duration   = "0s" # retry_count is what bounds it
  }

  http_target {
    http_method = "POST"
    uri         = "${var.function_uri}/"
    body        = base64encode("{}")
    headers     = { "Content-Type" = "application/json" }

    oidc_token {
      service_account_email = google_service_account.clock.email
      audience              = var.function_uri
    }
  }
}
