# /health of the public URL, asked from outside every minute.

resource "google_monitoring_uptime_check_config" "health" {
  project      = var.project_id
  display_name = "${var.name}: /health"
  user_labels  = var.labels
  timeout      = "10s" # a cold start fits into it
  period       = "60s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = var.api_host
    }
  }

  depends_on = [var.deployed] # else it would fail from the gateway's first minute to the functions'
}

resource "google_monitoring_alert_policy" "unavailable" {
  project               = var.project_id
  display_name          = "${var.name}: The API does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { runbook = "unavailable" })

  conditions {
    display_name = "/health fails from more than one place"
    condition_threshold {
      filter = join(" AND ", [
        "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\"",
        "resource.type=\"uptime_url\"",
        "metric.labels.check_id=\"${google_monitoring_uptime_check_config.health.uptime_check_id}\"",
      ])
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
      trigger {
        count = 1
      }
    }
  }

  documentation {
    subject   = "${var.name}: The API does not answer"
    mime_type = "text/markdown"
    content   = local.runbook["unavailable"]
    dynamic "links" {
      for_each = var.runbook_url == null ? [] : ["${var.runbook_url}#unavailable"]
      content {
        display_name = "Runbook"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
