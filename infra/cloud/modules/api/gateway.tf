# https://cloud.google.com/api-gateway/docs
locals {
  # openapi.json is made of shared/api/operations.py: python -m infra.gateway_contract
  contract = templatefile("${path.module}/openapi.json", {
    submit = local.direct["submit"]
    status = local.direct["status"]
    # Where openai is not deployed, submit answers that there is nothing.
    openai = lookup(local.direct, "openai", local.direct["submit"])
  })
}

# A gateway must have an account. This one may do nothing: the functions of the API let everybody reach them, and look
# for a key themselves; a gateway's own token would take the place of the client's in Authorization.
resource "google_service_account" "gateway" {
  count = local.balanced ? 0 : 1

  project      = var.project_id
  account_id   = "${var.name}-gateway"
  display_name = "API Gateway; no rights"
}

resource "google_api_gateway_api" "this" {
  count    = local.balanced ? 0 : 1
  provider = google-beta

  project = var.project_id
  api_id  = var.name
  labels  = var.labels
}

resource "google_api_gateway_api_config" "this" {
  count    = local.balanced ? 0 : 1
  provider = google-beta

  project       = var.project_id
  api           = google_api_gateway_api.this[0].api_id
  api_config_id = "${var.name}-${substr(sha256(local.contract), 0, 12)}" # a config cannot be changed: another is another
  labels        = var.labels

  openapi_documents {
    document {
      path     = "openapi.json"
      contents = base64encode(local.contract)
    }
  }

  gateway_config {
    backend_config {
      google_service_account = google_service_account.gateway[0].email
    }
  }

  lifecycle {
    create_before_destroy = true # the gateway moves over before the old one goes
  }
}

resource "google_api_gateway_gateway" "this" {
  count    = local.balanced ? 0 : 1
  provider = google-beta

  project    = var.project_id
  region     = coalesce(var.gateway_region, var.region)
  gateway_id = var.name
  api_config = google_api_gateway_api_config.this[0].id
  labels     = var.labels

  lifecycle {
    precondition {
      condition     = contains(local.gateway_regions, coalesce(var.gateway_region, var.region))
      error_message = "There is no API Gateway in ${coalesce(var.gateway_region, var.region)}: set gateway_region to the nearest of ${join(", ", local.gateway_regions)}, or give a domain, which makes a load balancer."
    }
  }
}

locals {
  # https://cloud.google.com/api-gateway/docs/deployment-model
  gateway_regions = [
    "asia-northeast1", "australia-southeast1", "europe-west1", "europe-west2", "us-central1", "us-east1", "us-east4",
    "us-west2", "us-west3", "us-west4",
  ]
}
