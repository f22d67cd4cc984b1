# Who asks too often from one address is told to wait, before it costs a request of ours. Tenants have limits of their own
# (REQUESTS_PER_MINUTE); this one is for whoever has no key.
resource "google_compute_security_policy" "this" {
  #checkov:skip=CKV_GCP_73:the rule is there, in evaluatePreconfiguredWaf, which the check does not know yet

  count = local.balanced && var.requests_per_minute_by_address != null ? 1 : 0

  project     = var.project_id
  name        = var.name
  description = "Limits of requests by client address."
  labels      = var.labels

  rule {
    action      = "throttle"
    priority    = 1000
    description = "So many requests a minute from one address."

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute_by_address
        interval_sec = 60
      }
    }
  }

  # Log4Shell's and its kin's probes: known to be nothing of ours.
  rule {
    action      = "deny(403)"
    priority    = 900
    description = "Probes for known holes."

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})"
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "All others; the keys decide."

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
