output "name" {
  description = "Name of the function, and of its Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Its address on run.app, which is also the audience of tokens for it."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
