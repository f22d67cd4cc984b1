variable "name" {
  type        = string
  description = "Name of the bucket, of which there is one in the world."
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.name))
    error_message = "name has 3 to 63 lower-case letters, digits, hyphens and underscores."
  }
}

variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "location" {
  type        = string
  description = "The region of the functions: what passes between them costs nothing then."
}

variable "labels" {
  type        = map(string)
  description = "Labels, for costs and filters."
  default     = {}
}

variable "own_origin" {
  type        = string
  description = "The API's own origin, whose pages read images and send uploads too."
}

variable "cors_origins" {
  type        = list(string)
  description = "Whose pages may read images and send uploads from browsers."
  default     = []
  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins are scheme://host, with a port where it is no usual one; Cloud Storage knows no port *."
  }
}

variable "soft_delete_days" {
  type        = number
  description = "For how many days what was deleted can be brought back; it is billed as long."
  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "soft_delete_days is 0, or 7 to 90."
  }
}

variable "archive_after_days" {
  type        = number
  description = "After so many days an image moves to cheaper storage, from which each reading costs; null: never."
  default     = null
  validation {
    condition     = var.archive_after_days == null || try(var.archive_after_days >= 30, false)
    error_message = "archive_after_days is 30 or more: Nearline bills 30 days at least."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether a bucket with images in it cannot be destroyed by Terraform."
}
