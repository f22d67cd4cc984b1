output "url" {
  description = "The API's address."
  value       = "https://${module.api.host}"
}

output "dashboard" {
  description = "Where its charts are."
  value       = module.monitoring.dashboard_url
}

output "environment" {
  description = "What this deployment is: another is not put over it by mistake."
  value       = var.environment
}

output "region" {
  description = "Where it is."
  value       = var.region
}

output "dns" {
  description = "With a domain: the address for its A record. The certificate is made once it is there."
  value       = module.api.address
}

output "database" {
  description = "Id of the Firestore database."
  value       = module.job_store.database
}

output "bucket" {
  description = "Name of the images' bucket."
  value       = module.image_bucket.name
}

output "deletion_protection" {
  description = "Whether this deployment refuses to be destroyed."
  value       = var.deletion_protection
}

output "lanes" {
  description = "Topics, subscriptions and dead letters by lane."
  value       = { for lane, queue in module.lane : lane => merge({ topic = queue.topic }, queue.subscriptions) }
}

output "accounts" {
  description = "As whom each function runs."
  value       = { for function, account in google_service_account.function : function => account.email }
}
