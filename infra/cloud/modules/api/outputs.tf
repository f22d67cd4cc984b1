output "host" {
  description = "The API's public host."
  value       = local.balanced ? var.domain : one(google_api_gateway_gateway.this[*].default_hostname)
}

output "stream_seconds" {
  description = "After so long a stream of events is to end, since the gateway keeps it until then; null: it need not."
  value       = local.balanced ? null : 5
}

output "ingress" {
  description = "From where the API's functions must be reachable: an API Gateway calls from outside, a load balancer does not."
  value       = local.balanced ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
}

output "address" {
  description = "With a domain: the address that its DNS record must name."
  value       = one(google_compute_global_address.this[*].address)
}
