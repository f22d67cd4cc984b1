# The objectives of slos.yaml, and alerts for those whose error budget burns too fast: 14.4 times over an hour spends a
# fiftieth of a month's, 6 times over six hours a twentieth. The short windows end the alert soon after the trouble.
# The pattern: https://sre.google/workbook/alerting-on-slos

locals {
  # A mean is no objective that Cloud Monitoring can hold: alerts.yaml watches it.
  slos = {
    for slo in yamldecode(file("${local.tables}/slos.yaml")).slos : slo.name => {
      title = slo.title
      goal  = slo.goal
      burn  = slo.burn
      below = try(slo.below, null)
      filter = join(" AND ", concat(
        ["metric.type=\"logging.googleapis.com/user/${google_logging_metric.metric[slo.metric].name}\"", "resource.type=\"cloud_run_revision\""],
        [for label, words in slo.where : "metric.labels.${label}=one_of(${join(",", [for word in words : jsonencode(word)])})"],
      ))
      good = [for label, words in try(slo.good, {}) : "metric.labels.${label}=${jsonencode(words[0])}"]
      bad  = [for label, words in try(slo.good, {}) : "metric.labels.${label}=${jsonencode(words[1])}"]
    } if !can(slo.mean_below)
  }

  burns = {
    fast = { rate = 14.4, windows = ["3600s", "300s"], severity = "CRITICAL" }
    slow = { rate = 6, windows = ["21600s", "1800s"], severity = "ERROR" }
  }
  burning = {
    for pair in setproduct([for name, slo in local.slos : name if slo.burn], keys(local.burns)) :
    "${pair[0]}-${pair[1]}" => { slo = pair[0], burn = local.burns[pair[1]] }
  }
}

resource "google_monitoring_custom_service" "api" {
  project      = var.project_id
  service_id   = var.name
  display_name = var.name
  user_labels  = var.labels
}

resource "google_monitoring_slo" "objective" {
  for_each = local.slos

  project             = var.project_id
  service             = google_monitoring_custom_service.api.service_id
  slo_id              = each.key
  display_name        = each.value.title
  goal                = each.value.goal
  rolling_period_days = var.slo_days
  user_labels         = var.labels

  request_based_sli {
    dynamic "distribution_cut" {
      for_each = each.value.below == null ? [] : [each.value.below]
      content {
        distribution_filter = each.value.filter
        range {
          max = distribution_cut.value
        }
      }
    }
    dynamic "good_total_ratio" {
      for_each = each.value.good
      content {
        good_service_filter = "${each.value.filter} AND ${each.value.good[0]}"
        bad_service_filter  = "${each.value.filter} AND ${each.value.bad[0]}"
      }
    }
  }

  # The builds take minutes. By then Cloud Monitoring knows the metrics; of one made just now it says that it is unknown.
  depends_on = [var.deployed]
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.burning

  project               = var.project_id
  display_name          = "${var.name}: ${local.slos[each.value.slo].title}, not at this rate (${each.key})"
  combiner              = "AND"
  severity              = each.value.burn.severity
  notification_channels = local.channels
  user_labels           = merge(var.labels, { runbook = "slo-burn" })

  dynamic "conditions" {
    for_each = each.value.burn.windows
    content {
      display_name = "Error budget, ${each.value.burn.rate} times too fast over ${conditions.value}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${google_monitoring_slo.objective[each.value.slo].name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.burn.rate
        duration        = "0s"
        trigger {
          count = 1
        }
      }
    }
  }

  documentation {
    subject   = "${var.name}: ${local.slos[each.value.slo].title}"
    mime_type = "text/markdown"
    content   = local.runbook["slo-burn"]
    dynamic "links" {
      for_each = var.runbook_url == null ? [] : ["${var.runbook_url}#slo-burn"]
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
