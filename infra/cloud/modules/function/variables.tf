variable "name" {
  type        = string
  description = "Name of the function, and of the Cloud Run service behind it."
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,46}[a-z0-9])?$", var.name))
    error_message = "name has up to 48 lower-case letters, digits and hyphens, begins with a letter and ends with none of the latter."
  }
}

variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "region" {
  type        = string
  description = "The region that it runs in."
}

variable "description" {
  type        = string
  description = "What it does, for whoever sees it in the console."
}

variable "labels" {
  type        = map(string)
  description = "Labels, for costs and filters."
  default     = {}
}

variable "runtime" {
  type        = string
  description = "The Python that it runs on."
  validation {
    condition     = can(regex("^python3(1[1-4])$", var.runtime))
    error_message = "runtime is python311 to python314."
  }
}

variable "entry_point" {
  type        = string
  description = "The function's name in main.py."
}

variable "source_archive" {
  type        = object({ bucket = string, object = string })
  description = "The bundle as an archive; its name holds the hash of its content, so that other code is another deployment."
}

variable "build" {
  type        = object({ service_account = string, docker_repository = string })
  description = "Who builds (an account's id: projects/…/serviceAccounts/…), and into which repository."
}

variable "service_account_email" {
  type        = string
  description = "As whom it runs."
}

variable "invokers" {
  type        = map(string)
  description = "Who may call it: members by a name of what they are to it."
  validation {
    condition = alltrue([
      for member in values(var.invokers) : member == "allUsers" || startswith(member, "serviceAccount:")
    ])
    error_message = "invokers are service accounts (serviceAccount:…), or allUsers for a function of the API."
  }
}

variable "ingress" {
  type        = string
  description = "From where it can be reached at all."
  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress)
    error_message = "ingress is ALLOW_ALL, ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  }
}

variable "scaling" {
  type        = object({ min_instances = number, max_instances = number, concurrency = number })
  description = "Instances kept and allowed, and requests that one serves at once."
  validation {
    condition = (
      var.scaling.min_instances >= 0 && var.scaling.max_instances >= 1 && var.scaling.max_instances <= 1000 &&
      var.scaling.concurrency >= 1 && var.scaling.concurrency <= 1000
    )
    error_message = "scaling: 0 or more instances kept, 1 to 1000 allowed, 1 to 1000 requests at once."
  }
}

variable "resources" {
  type        = object({ cpu = string, memory = string })
  description = "CPUs and memory of an instance, such as \"1\" and \"512Mi\"."
  validation {
    condition     = can(regex("^[0-9]+(\\.[0-9]+)?$", var.resources.cpu)) && can(regex("^[0-9]+(Mi|Gi)$", var.resources.memory))
    error_message = "resources: cpu is a number, memory one with Mi or Gi."
  }
}

variable "timeout_seconds" {
  type        = number
  description = "After so many seconds a request is given up."
  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 3600
    error_message = "timeout_seconds is 1 to 3600, Cloud Run's most."
  }
}

variable "environment" {
  type        = map(string)
  description = "Its settings: variables of shared/config.py."
  default     = {}
}

variable "secrets" {
  type        = map(object({ secret = string, version = string }))
  description = "Its settings that are secret: variable to a secret of Secret Manager and a version of it."
  default     = {}
}
