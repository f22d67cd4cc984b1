variable "project_id" {
  type        = string
  description = "The project that they lie in."
}

variable "region" {
  type        = string
  description = "Where their values are kept."
}

variable "labels" {
  type        = map(string)
  description = "Labels, for costs and filters."
  default     = {}
}

variable "secrets" {
  type = map(object({
    generated = bool        # whether this deployment makes it; else its owner adds a version
    readers   = map(string) # the functions that use it, with the member that each runs as
  }))
  description = "The secrets by the variable that a function reads each from."
  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Z][A-Z_]+$", name))])
    error_message = "secrets are named as environment variables are: capitals and underscores."
  }
}

variable "first_values" {
  type        = map(string)
  description = "A random value for each generated secret; only the very first is ever written."
  sensitive   = true
  ephemeral   = true
}
