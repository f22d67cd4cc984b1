output "dashboard_url" {
  description = "Where the dashboard is."
  value       = "https://console.cloud.google.com/monitoring/dashboards/builder/${element(split("/", google_monitoring_dashboard.overview.id), 3)}?project=${var.project_id}"
}

output "metric_types" {
  description = "The types of the log-based metrics, by the name that metrics.yaml gives them."
  value       = { for name, metric in google_logging_metric.metric : name => "logging.googleapis.com/user/${metric.name}" }
}

output "alert_policies" {
  description = "Ids of the alert policies, by name."
  value = merge(
    { for name, policy in google_monitoring_alert_policy.alert : name => policy.id },
    { for name, policy in google_monitoring_alert_policy.burn : name => policy.id },
    { unavailable = google_monitoring_alert_policy.unavailable.id },
  )
}
