# The jobs: a Firestore database, of which everything else can be made anew.
resource "google_firestore_database" "this" {
  project     = var.project_id
  name        = var.database
  location_id = var.location
  type        = "FIRESTORE_NATIVE"

  # Writes carry preconditions of their own; a transaction that meets another tries again instead of holding locks.
  concurrency_mode = "OPTIMISTIC"
  # Any minute of the last seven days can be read, and restored: against our own mistakes.
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"

  delete_protection_state = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy         = var.deletion_protection ? "ABANDON" : "DELETE"
}

# Backups are apart from the database: they outlive it.
resource "google_firestore_backup_schedule" "daily" {
  project   = var.project_id
  database  = google_firestore_database.this.name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}
