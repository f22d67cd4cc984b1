# The alerts of alerts.yaml, each with its entry of the runbook.

locals {
  alerts = merge([
    for alert in yamldecode(templatefile("${local.tables}/alerts.yaml", local.words)).alerts : {
      for condition in alert.conditions : "${alert.name}-${condition.name}" => {
        name      = alert.name
        title     = alert.title
        severity  = alert.severity
        condition = condition
      }
    }
  ]...)
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title} (${each.value.condition.name})"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = merge(var.labels, { runbook = each.value.name })

  conditions {
    display_name = each.value.condition.title
    condition_prometheus_query_language {
      query               = trimspace(each.value.condition.query)
      duration            = "${each.value.condition.seconds}s"
      evaluation_interval = "60s"
      # A metric made a moment ago, or a lane that never had a message, is not known yet.
      disable_metric_validation = true
    }
  }

  documentation {
    subject   = "${var.name}: ${each.value.title}"
    mime_type = "text/markdown"
    content   = local.runbook[each.value.name]
    dynamic "links" {
      for_each = var.runbook_url == null ? [] : ["${var.runbook_url}#${each.value.name}"]
      content {
        display_name = "Runbook"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  # Of what is not deployed yet, alerts would tell that it does not answer.
  depends_on = [google_logging_metric.metric, var.deployed]
}
