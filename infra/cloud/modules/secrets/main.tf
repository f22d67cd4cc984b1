# The settings that are secret: each a secret of Secret Manager, which only the functions that use it may read.
#
# Those that this deployment alone knows are given a first value here; it is written to Secret Manager, and stands in no
# plan and no state. Those of a vendor are made empty: their owner adds a version, and no function reads one before.
resource "google_secret_manager_secret" "this" {
  for_each = var.secrets

  project             = var.project_id
  secret_id           = lower(replace(each.key, "_", "-"))
  labels              = var.labels
  deletion_protection = false # what it opens can be opened by a new one; the images and jobs are what is protected

  # A version that was destroyed by mistake can be brought back for a day.
  version_destroy_ttl = "86400s"

  replication {
    user_managed {
      replicas {
        location = var.region # with the functions, which alone read it
      }
    }
  }
}

resource "google_secret_manager_secret_version" "first" {
  for_each = toset([for name, secret in var.secrets : name if secret.generated])

  secret         = google_secret_manager_secret.this[each.key].id
  secret_data_wo = var.first_values[each.key]
  # Only another number would write again: a rotation adds versions beside Terraform (RUNBOOK.md).
  secret_data_wo_version = 1
  deletion_policy        = "DELETE"
}

# Who reads what: one grant a function and secret.
resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = merge([
    for name, secret in var.secrets : { for function, member in secret.readers : "${name} ${function}" => { name = name, member = member } }
  ]...)

  project   = var.project_id
  secret_id = google_secret_manager_secret.this[each.value.name].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}
