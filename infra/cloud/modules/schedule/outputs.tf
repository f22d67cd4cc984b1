output "clock_member" {
  description = "As whom the schedule calls its function, as a member of its invokers."
  value       = "serviceAccount:${google_service_account.clock.email}"
}
