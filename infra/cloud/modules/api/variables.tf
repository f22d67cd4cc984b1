variable "name" {
  type        = string
  description = "What its resources are called."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,21}$", var.name))
    error_message = "name has 2 to 22 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "project_number" {
  type        = string
  description = "That project's number, which is part of its services' addresses."
}

variable "region" {
  type        = string
  description = "The region of the functions."
}

variable "gateway_region" {
  type        = string
  description = "The region of the API Gateway, where there is none in the functions'; null: theirs."
  default     = null
}

variable "labels" {
  type        = map(string)
  description = "Labels, for costs and filters."
  default     = {}
}

variable "functions" {
  type        = map(string)
  description = "Names of the Cloud Run services by function: submit, status and, where it is deployed, openai."
  validation {
    condition     = contains(keys(var.functions), "submit") && contains(keys(var.functions), "status")
    error_message = "functions names submit and status at least."
  }
}

variable "domain" {
  type        = string
  description = "The API's own host, such as images.example.com: makes a load balancer; null: an API Gateway."
  default     = null
  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a host's name, such as images.example.com, or null."
  }
}

variable "requests_per_minute_by_address" {
  type        = number
  description = "With a domain: so many requests a minute from one client address (Cloud Armor); null: any number, and no Cloud Armor."
  default     = null
  validation {
    condition     = var.requests_per_minute_by_address == null || try(var.requests_per_minute_by_address >= 60, false)
    error_message = "requests_per_minute_by_address is 60 or more: a page alone makes a dozen requests."
  }
}

variable "log_sample_rate" {
  type        = number
  description = "Which part of the requests the load balancer logs, 0 to 1."
  default     = 0.1
  validation {
    condition     = var.log_sample_rate >= 0 && var.log_sample_rate <= 1
    error_message = "log_sample_rate is 0 to 1."
  }
}
