# One function: a Cloud Function of the second generation, which is a Cloud Run service built from a bundle.
# Its service account comes from outside: what it may do is granted before it runs for the first time.
resource "google_cloudfunctions2_function" "this" {
  #checkov:skip=CKV_GCP_124:the API's functions alone are open to all, and only behind a gateway, which has no other way in

  name        = var.name
  project     = var.project_id
  location    = var.region
  description = var.description
  labels      = var.labels

  build_config {
    runtime           = var.runtime
    entry_point       = var.entry_point
    service_account   = var.build.service_account # an id; without one, builds run as the project's default account
    docker_repository = var.build.docker_repository

    source {
      storage_source {
        bucket = var.source_archive.bucket
        object = var.source_archive.object
      }
    }
  }

  service_config {
    service_account_email            = var.service_account_email
    ingress_settings                 = var.ingress
    timeout_seconds                  = var.timeout_seconds
    min_instance_count               = var.scaling.min_instances
    max_instance_count               = var.scaling.max_instances
    max_instance_request_concurrency = var.scaling.concurrency
    available_cpu                    = var.resources.cpu
    available_memory                 = var.resources.memory
    all_traffic_on_latest_revision   = true # a roll-back is a deployment of the older bundle

    environment_variables = merge(var.environment, {
      FUNCTION_USE_ASGI = "true" # the handlers are asynchronous: under WSGI they would not run at all
      LOG_EXECUTION_ID  = "true" # the platform sets it by itself, and would show up as a change in every plan
    })

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.scaling.min_instances <= var.scaling.max_instances
      error_message = "${var.name}: min_instances must not be above max_instances."
    }
    precondition {
      condition     = var.scaling.concurrency == 1 || tonumber(var.resources.cpu) >= 1
      error_message = "${var.name}: Cloud Run serves several requests at once only with one CPU or more."
    }
  }
}

# Who may call it, by name. Nobody else may; allUsers stands here only for the functions that are the API.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value
}
