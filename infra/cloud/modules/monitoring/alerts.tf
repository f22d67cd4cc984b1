# The alerts of alerts.yaml, each with its entry of the runbook.

locals {
  alerts = { for alert in yamldecode(templatefile("${local.tables}/alerts.yaml", local.words)).alerts : alert.name => alert }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = merge(var.labels, { runbook = each.key })

  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.title
      condition_prometheus_query_language {
        query               = trimspace(conditions.value.query)
        duration            = "${conditions.value.for}s"
        evaluation_interval = "60s"
        # A metric made a moment ago, or a lane that never had a message, is not known yet.
        disable_metric_validation = true
      }
    }
  }

  documentation {
    subject   = "${var.name}: ${each.value.title}"
    mime_type = "text/markdown"
    content   = local.runbook[each.key]
    dynamic "links" {
      for_each = var.runbook_url == null ? [] : ["${var.runbook_url}#${each.key}"]
      content {
        display_name = "Runbook"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.metric]
}
