# What the other files share: the tables of infra/cloud, the words of their queries, and who is told.

locals {
  tables = "${path.module}/../.."

  services = values(var.services)
  lanes    = [for lane in ["interactive", "batch"] : var.subscriptions[lane].name]

  # What alerts.yaml and dashboard.yaml leave open. PromQL writes a metric's type with one colon and underscores.
  words = {
    log          = "logging_googleapis_com:user_${replace(var.name, "-", "_")}"
    run          = "monitored_resource=\"cloud_run_revision\""
    submit       = var.services["submit"]
    sweep        = var.services["sweep"]
    services     = join("|", local.services)
    lanes        = join("|", local.lanes)
    dead_letters = join("|", [for subscription in values(var.subscriptions) : subscription.dead_letters])
    budget       = var.monthly_budget_usd
  }

  # Entries by their heading, `## queue-age` say; each alert carries its own.
  runbook = { for entry in split("\n## ", file("${local.tables}/RUNBOOK.md")) : split("\n", entry)[0] => entry }

  channels = concat(
    [for channel in google_monitoring_notification_channel.email : channel.id],
    var.notification_channels,
  )
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.notification_emails)

  project      = var.project_id
  display_name = "${var.name}: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = var.labels
}
