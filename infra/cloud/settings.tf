variable "settings" {
  type = object({
    log_level            = optional(string)
    auth_mode            = optional(string, "keys")
    iam_audience         = optional(string)
    operator_tenant      = optional(string)
    dialects             = optional(string)
    dialect_tenants      = optional(string)
    dashboard            = optional(bool)
    image_model          = optional(string)
    use_real_image       = optional(bool)
    scene_writer         = optional(string)
    scene_model          = optional(string)
    vertex_location      = optional(string)
    default_aspect_ratio = optional(string)
    add_watermark        = optional(bool)
    max_attempts         = optional(number)
    provider_polling     = optional(bool)
    nano_banana_api_url  = optional(string)
    replicate_api_url    = optional(string)
    requests_per_minute  = optional(number)
    unknown_price_micros = optional(number)
    retention_days       = optional(number)
    iga_gcs_image_prefix = optional(string)
    signed_url_seconds   = optional(number)
    public_url_mode      = optional(string)
    credits_per_usd      = optional(number)
    trace_sampling       = optional(number, 0.01)
  })
  description = "Settings of shared/config.py, by the names there; what is left out has its default there."
  default     = {}
  validation {
    condition     = contains(["keys", "iam", "keys,iam"], var.settings.auth_mode)
    error_message = "settings.auth_mode is keys, iam or keys,iam: what is deployed has a lock."
  }
  validation {
    condition     = var.settings.trace_sampling >= 0 && var.settings.trace_sampling <= 1
    error_message = "settings.trace_sampling is a part of all requests, 0 to 1."
  }
}
