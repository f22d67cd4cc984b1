# One public address over submit, status and openai, by path and method: what is read goes to status, /v1/images/ to
# openai, all else to submit. The same rule as infra/local/gateway.py.
#
# Without a domain it is an API Gateway (gateway.tf): an address of Google's, nothing to set up, no fixed costs. It keeps
# an answer until it is whole, so that streams of events end every few seconds and their clients come back for the rest.
# With a domain it is an external load balancer (balancer.tf): a certificate of Google's, streams, HTTP/2 and 3, limits by
# address (Cloud Armor), and the functions' own addresses are shut.
locals {
  balanced = var.domain != null

  # The deterministic address of a Cloud Run service: known before the service is there, since it is to know this API's.
  # https://cloud.google.com/run/docs/triggering/https-request
  direct = {
    for function, name in var.functions : function => "https://${name}-${var.project_number}.${var.region}.run.app"
  }
}
