# The APIs of Google's that it is made of. They stay on when it goes: others in the project may use them.
resource "google_project_service" "this" {
  for_each = toset(concat([
    "aiplatform.googleapis.com",       # generate calls the models
    "artifactregistry.googleapis.com", # the functions' images
    "cloudbuild.googleapis.com",       # builds them
    "cloudfunctions.googleapis.com",
    "cloudscheduler.googleapis.com", # the clock of sweep
    "cloudtrace.googleapis.com",     # keeps traces: without it, what telemetry takes is thrown away
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com", # signs addresses of images and uploads
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com", # what functions run on
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    "telemetry.googleapis.com", # traces, by OpenTelemetry's protocol
    ],
    var.domain == null ? [
      "apigateway.googleapis.com", "servicecontrol.googleapis.com", "servicemanagement.googleapis.com",
    ] : ["compute.googleapis.com"],
    var.billing_account == null ? [] : ["billingbudgets.googleapis.com"],
  ))

  project                    = var.project
  service                    = each.key
  disable_on_destroy         = false
  disable_dependent_services = false
}
