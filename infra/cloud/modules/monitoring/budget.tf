# All that the project costs, as billing knows it, some hours late; the alert budget-burn is quicker, and knows models alone.

data "google_project" "watched" {
  count      = var.billing_account == null ? 0 : 1
  project_id = var.project_id
}

resource "google_billing_budget" "month" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "${var.name}: a month"

  budget_filter {
    projects = ["projects/${data.google_project.watched[0].number}"]
  }

  amount {
    specified_amount {
      currency_code = "USD"
      units         = tostring(ceil(var.monthly_budget_usd))
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # Billing takes mail alone, to at most five.
  dynamic "all_updates_rule" {
    for_each = length(var.notification_emails) == 0 ? [] : [chunklist(var.notification_emails, 5)[0]]
    content {
      monitoring_notification_channels = [
        for email in all_updates_rule.value : google_monitoring_notification_channel.email[email].id
      ]
    }
  }
}
