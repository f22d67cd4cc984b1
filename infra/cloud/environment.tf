# What the functions are told: the variables of shared/config.py, each function those that it reads. What is null is left
# to its default there. The local ones (emulators, LOCAL_SIGNER_KEY, CLOCK_OFFSET_FILE) have no place here.
locals {
  common = {
    GOOGLE_CLOUD_PROJECT = var.project
    FIRESTORE_DATABASE   = module.job_store.database
    PUBLIC_URL           = "https://${module.api.host}"
    LOG_LEVEL            = var.settings.log_level
    REQUESTS_PER_MINUTE  = var.settings.requests_per_minute
    UNKNOWN_PRICE_MICROS = var.settings.unknown_price_micros

    TRACE_SAMPLING              = var.settings.trace_sampling
    OTEL_EXPORTER_OTLP_ENDPOINT = "https://telemetry.googleapis.com"
    OTEL_RESOURCE_ATTRIBUTES    = "gcp.project_id=${var.project},cloud.region=${var.region},deployment.environment.name=${var.environment}"
  }

  images = {
    GCS_BUCKET_NAME = module.image_bucket.name
    # Else Google's storage client asks for the bucket's metadata behind the program's back, which no role allows.
    DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA = "true"
  }

  # Who may, and how it is told; of the functions that are the API.
  api = {
    AUTH_MODE           = var.settings.auth_mode
    IAM_AUDIENCE        = var.settings.iam_audience
    IAM_TRUSTS_PLATFORM = false # everybody may invoke these, so the platform checks nobody
    DIALECTS            = var.settings.dialects
    DIALECT_TENANTS     = var.settings.dialect_tenants
    CORS_ORIGINS        = length(var.cors_origins) == 0 ? null : join(",", var.cors_origins)
    IMAGE_MODEL         = var.settings.image_model
  }

  # What a request means that does not say so itself.
  requests = {
    USE_REAL_IMAGE       = var.settings.use_real_image
    DEFAULT_ASPECT_RATIO = var.settings.default_aspect_ratio
    ADD_WATERMARK        = var.settings.add_watermark
    RETENTION_DAYS       = var.settings.retention_days
    IGA_GCS_IMAGE_PREFIX = var.settings.iga_gcs_image_prefix
    CREDITS_PER_USD      = var.settings.credits_per_usd
  }

  # Links in studio's answers.
  links = {
    SIGNED_URL_SECONDS = var.settings.signed_url_seconds
    PUBLIC_URL_MODE    = var.settings.public_url_mode
    CREDITS_PER_USD    = var.settings.credits_per_usd
  }

  # Of generate, which calls them.
  models = {
    VERTEX_LOCATION      = coalesce(var.settings.vertex_location, var.region)
    IMAGE_MODEL          = var.settings.image_model
    USE_REAL_IMAGE       = var.settings.use_real_image
    DEFAULT_ASPECT_RATIO = var.settings.default_aspect_ratio
    ADD_WATERMARK        = var.settings.add_watermark
    RETENTION_DAYS       = var.settings.retention_days
    PROVIDER_POLLING     = var.settings.provider_polling
    NANO_BANANA_API_URL  = var.settings.nano_banana_api_url
    REPLICATE_API_URL    = var.settings.replicate_api_url
  }
}
