# Where deliveries end that nobody could take. Somebody is told (the monitoring module), looks, and redrives or drops.
resource "google_pubsub_topic" "dead_letters" {
  #checkov:skip=CKV_GCP_83:messages hold ids and what happened, nothing of a request; Google's own keys encrypt them

  name    = "${var.topic}-dead-letters"
  project = var.project_id
  labels  = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# A topic without a subscription forgets at once what is published to it.
resource "google_pubsub_subscription" "dead_letters" {
  name    = "${var.topic}-dead-letters"
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.id
  labels  = var.labels

  ack_deadline_seconds       = 60 # for a person's pull
  message_retention_duration = var.dead_letters_retention
  retain_acked_messages      = false

  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub's service agent hands a dead letter on: it publishes here …
resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${var.pubsub_agent}"
}

# … and acknowledges it there.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  project      = var.project_id
  subscription = google_pubsub_subscription.push.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${var.pubsub_agent}"
}
