# A lane: a topic, and the one function that its messages are pushed to. The two queues of jobs are lanes, and so are
# the events of jobs, which go to notify.
resource "google_pubsub_topic" "this" {
  #checkov:skip=CKV_GCP_83:messages hold ids and what happened, nothing of a request; Google's own keys encrypt them

  name    = var.topic
  project = var.project_id
  labels  = var.labels

  # A message is an announcement of what Firestore has: no copy need leave the region.
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# As whom this lane calls its function, and nothing else does.
resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "push-${var.name}"
  display_name = "Pub/Sub, bringing ${var.topic} to ${var.subscriber}"
}

resource "google_pubsub_subscription" "push" {
  name    = "${var.topic}-${var.subscriber}"
  project = var.project_id
  topic   = google_pubsub_topic.this.id
  labels  = var.labels

  ack_deadline_seconds = var.ack_deadline_seconds
  # Longer than any outage that is slept through; after it, sweep announces from Firestore all the same.
  message_retention_duration = "604800s"
  retain_acked_messages      = false
  enable_message_ordering    = false # order is Firestore's affair: a delivery only says that there is something to look at

  push_config {
    push_endpoint = var.function.uri
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = var.function.uri
    }
  }

  # A delivery that was not acknowledged comes again after 10 s, and ever more slowly while its function is down.
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # It lives as long as its topic: by default Pub/Sub deletes a subscription that was idle for a month.
  expiration_policy {
    ttl = ""
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 100 # Pub/Sub's most. Waiting is never a NACK, so only what cannot be parsed gets there
  }

  # Before it may give them on, Pub/Sub would count attempts for nothing.
  depends_on = [google_pubsub_topic_iam_member.dead_letters, google_service_account_iam_member.push_token]
}

# The service agent makes the tokens of the push account. Projects from before April 2021 do not let it by themselves.
resource "google_service_account_iam_member" "push_token" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = "serviceAccount:${var.pubsub_agent}"
}
