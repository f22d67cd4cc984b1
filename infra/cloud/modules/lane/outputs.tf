output "topic" {
  description = "Name of the topic."
  value       = google_pubsub_topic.this.name
}

output "subscriptions" {
  description = "Names of the push subscription and of the dead letters'."
  value = {
    name         = google_pubsub_subscription.push.name
    dead_letters = google_pubsub_subscription.dead_letters.name
  }
}

output "push_member" {
  description = "As whom the lane calls its function, as a member of its invokers."
  value       = "serviceAccount:${google_service_account.push.email}"
}
