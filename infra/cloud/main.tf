# Darkroom in a project: what it is made of. One a project, since its topics have the names that the functions know.
locals {
  labels = { app = "darkroom", environment = var.environment }
}

module "job_store" {
  source = "./modules/job_store"

  project_id          = var.project
  database            = var.database
  location            = coalesce(var.database_location, var.region)
  definitions         = "${path.module}/firestore.indexes.json"
  deletion_protection = var.deletion_protection
  backup_days         = var.backup_days

  depends_on = [google_project_service.this]
}

module "image_bucket" {
  source = "./modules/image_bucket"

  project_id          = var.project
  name                = coalesce(var.bucket, "${var.project}-darkroom-images")
  location            = var.region
  labels              = local.labels
  cors_origins        = var.bucket_cors_origins
  own_origin          = "https://${module.api.host}" # the dashboard shows images and sends uploads
  soft_delete_days    = var.soft_delete_days
  archive_after_days  = var.archive_after_days
  deletion_protection = var.deletion_protection

  depends_on = [google_project_service.this]
}

module "secrets" {
  source = "./modules/secrets"

  project_id   = var.project
  region       = var.region
  labels       = local.labels
  first_values = var.first_secrets

  secrets = {
    # Made here: nobody else need know them.
    CALLBACK_SECRET = {
      generated = true
      readers   = { submit = local.members["submit"], generate = local.members["generate"] } # one checks what the other made
    }
    PUBLIC_URL_SECRET = {
      generated = true
      readers   = { status = local.members["status"] } # makes permanent links, and opens them
    }
    WEBHOOK_SECRETS = {
      generated = true
      readers   = { notify = local.members["notify"] } # signs webhooks
    }
    # A vendor's: empty until its owner adds a version; read once provider_keys names it. Only generate asks vendors.
    GEMINI_API_KEY      = { generated = false, readers = { generate = local.members["generate"] } }
    NANO_BANANA_API_KEY = { generated = false, readers = { generate = local.members["generate"] } }
    REPLICATE_API_TOKEN = { generated = false, readers = { generate = local.members["generate"] } }
  }

  depends_on = [google_project_service.this]
}

# A lane of jobs, and the events of jobs: each a topic, and the one function that it calls.
module "lane" {
  source   = "./modules/lane"
  for_each = local.lanes

  name                 = each.key
  project_id           = var.project
  region               = var.region
  labels               = local.labels
  topic                = each.value.topic
  subscriber           = each.value.subscriber
  function             = { name = each.value.function, uri = module.function[each.value.function].uri }
  ack_deadline_seconds = each.value.ack_seconds
  pubsub_agent         = google_project_service_identity.pubsub.email
  publishers           = { for function in each.value.publishers : function => google_service_account.function[function].email }

  depends_on = [google_project_service.this]
}

locals {
  lanes = merge(
    {
      for lane, size in var.lanes : lane => {
        topic       = "jobs-${lane}"
        subscriber  = "generate"
        function    = "generate-${lane}"
        ack_seconds = local.ack_seconds
        # submit and openai announce what they record, generate the followers and scenes that a job sets free, sweep what
        # was lost or waited. Whoever asks openai waits: it has no other jobs than interactive ones.
        publishers = concat(["submit", "generate", "sweep"], var.openai && lane == "interactive" ? ["openai"] : [])
      }
    },
    {
      events = {
        topic       = "job-events"
        subscriber  = "notify"
        function    = "notify"
        ack_seconds = local.notify_seconds
        # Whoever changes a job tells of it; notify sends itself the event after the one that it delivered.
        publishers = concat(["submit", "generate", "sweep", "notify"], var.openai ? ["openai"] : [])
      }
    },
  )
}

module "schedule" {
  source = "./modules/schedule"

  name             = "sweep"
  project_id       = var.project
  region           = coalesce(var.schedule_region, var.region)
  function_uri     = module.function["sweep"].uri
  deadline_seconds = local.sweep_seconds

  depends_on = [google_project_service.this]
}

module "api" {
  source = "./modules/api"
  providers = {
    google      = google
    google-beta = google-beta
  }

  name                           = "darkroom"
  project_id                     = var.project
  project_number                 = data.google_project.this.number
  region                         = var.region
  gateway_region                 = var.gateway_region
  labels                         = local.labels
  domain                         = var.domain
  requests_per_minute_by_address = var.requests_per_minute_by_address
  # By name, not by module.function: the functions are told this API's address.
  functions = merge({ submit = "submit", status = "status" }, var.openai ? { openai = "openai" } : {})

  depends_on = [google_project_service.this]
}

locals {
  services = concat(
    ["submit", "status", "notify", "sweep"], [for lane in keys(var.lanes) : "generate-${lane}"], var.openai ? ["openai"] : [],
  )
}

module "monitoring" {
  source = "./modules/monitoring"

  project_id = var.project
  # By name, not by module.function: metrics are made first of all, since objectives are refused that speak of one that
  # Cloud Monitoring does not know yet. Objectives and alerts come last, when there is something to watch.
  services              = { for name in local.services : name => name }
  deployed              = [for function in module.function : function.uri]
  subscriptions         = { for lane, queue in module.lane : lane => queue.subscriptions }
  api_host              = module.api.host
  notification_emails   = var.notification_emails
  notification_channels = var.notification_channels
  monthly_budget_usd    = var.monthly_budget_usd
  billing_account       = var.billing_account
  runbook_url           = var.runbook_url
  labels                = local.labels

  depends_on = [google_project_service.this]
}
