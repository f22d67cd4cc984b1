# https://cloud.google.com/load-balancing/docs/https/setting-up-https-serverless
resource "google_compute_global_address" "this" {
  count = local.balanced ? 1 : 0

  project = var.project_id
  name    = var.name
  labels  = var.labels
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.balanced ? var.functions : {}

  project               = var.project_id
  region                = var.region
  name                  = "${var.name}-${each.key}"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.value
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.balanced ? var.functions : {}

  project               = var.project_id
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = one(google_compute_security_policy.this[*].id)
  # No timeout: a serverless backend has Cloud Run's own, which is the function's.

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }

  # The functions log each request with what it was about; this is for what never reached one.
  log_config {
    enable      = true
    sample_rate = var.log_sample_rate
  }
}

resource "google_compute_url_map" "this" {
  count = local.balanced ? 1 : 0

  project         = var.project_id
  name            = var.name
  default_service = google_compute_backend_service.function["submit"].id

  host_rule {
    hosts        = ["*"]
    path_matcher = "by-path-and-method"
  }

  path_matcher {
    name            = "by-path-and-method"
    default_service = google_compute_backend_service.function["submit"].id

    dynamic "route_rules" {
      for_each = contains(keys(var.functions), "openai") ? ["openai"] : []
      content {
        priority = 1
        service  = google_compute_backend_service.function["openai"].id
        match_rules {
          prefix_match = "/v1/images/"
        }
      }
    }

    # What is read: any of these matches.
    route_rules {
      priority = 2
      service  = google_compute_backend_service.function["status"].id

      dynamic "match_rules" {
        for_each = ["GET", "HEAD", "OPTIONS"]
        content {
          prefix_match = "/"
          header_matches {
            header_name = ":method"
            exact_match = match_rules.value
          }
        }
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "this" {
  count = local.balanced ? 1 : 0

  project = var.project_id
  name    = "${var.name}-${substr(sha256(var.domain), 0, 8)}" # a certificate cannot be changed

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "this" {
  count = local.balanced ? 1 : 0

  project         = var.project_id
  name            = var.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "this" {
  count = local.balanced ? 1 : 0

  project          = var.project_id
  name             = var.name
  url_map          = google_compute_url_map.this[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.this[0].id]
  ssl_policy       = google_compute_ssl_policy.this[0].id
}

resource "google_compute_global_forwarding_rule" "https" {
  count = local.balanced ? 1 : 0

  project               = var.project_id
  name                  = "${var.name}-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[0].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.this[0].id
  labels                = var.labels
}

# Nothing listens on port 80: a key that a client sent in the clear would be lost before a redirect could say so.
