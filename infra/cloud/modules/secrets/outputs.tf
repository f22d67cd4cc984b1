output "versions" {
  description = "What a function's secret_environment_variables want: variable to secret and version. The newest counts when an instance starts."
  value = {
    for name, secret in google_secret_manager_secret.this : name => { secret = secret.secret_id, version = "latest" }
  }
  # Whoever takes a secret from here finds its first value, and may read it.
  depends_on = [google_secret_manager_secret_version.first, google_secret_manager_secret_iam_member.reader]
}
