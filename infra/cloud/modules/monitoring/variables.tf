variable "project_id" {
  type        = string
  description = "The project that is watched; metrics, alerts and the dashboard lie in it."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is a project's id, such as my-project: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "name" {
  type        = string
  description = "What the names of metrics, alerts and the dashboard begin with; two deployments in one project need two."
  default     = "darkroom"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.name))
    error_message = "name is up to 31 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "services" {
  type        = map(string)
  description = "Cloud Run services by what they are: submit, status, notify, sweep, generate-interactive, generate-batch, and openai where it is deployed."
  validation {
    condition = alltrue([
      for function in ["submit", "status", "notify", "sweep", "generate-interactive", "generate-batch"] :
      contains(keys(var.services), function)
    ])
    error_message = "services must name submit, status, notify, sweep, generate-interactive and generate-batch."
  }
}

variable "deployed" {
  type        = list(string)
  description = "Addresses of the services: known once they run, and only then are there objectives and alerts."
}

variable "subscriptions" {
  type = map(object({
    name         = string # the push subscription that brings the work
    dead_letters = string # the subscription of its dead-letter topic
  }))
  description = "Names (not ids) of the subscriptions by what they bring: the lanes interactive and batch, and events for notify."
  validation {
    condition     = alltrue([for lane in ["interactive", "batch", "events"] : contains(keys(var.subscriptions), lane)])
    error_message = "subscriptions must name interactive, batch and events."
  }
}

variable "api_host" {
  type        = string
  description = "The host of the public URL, without https:// and path; its /health is asked from outside every minute."
  validation {
    condition     = can(regex("^[a-z0-9.-]+\\.[a-z]{2,}$", var.api_host))
    error_message = "api_host is a host's name, such as api.example.com, with neither https:// nor a path."
  }
}

variable "notification_emails" {
  type        = list(string)
  description = "Who is told of alerts by mail."
  default     = []
  validation {
    condition     = alltrue([for email in var.notification_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "notification_emails are mail addresses."
  }
}

variable "notification_channels" {
  type        = list(string)
  description = "Ids of channels that exist already (a pager's, say), told as well: projects/…/notificationChannels/…."
  default     = []
  validation {
    condition = alltrue([
      for channel in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))
    ])
    error_message = "notification_channels are ids: projects/PROJECT/notificationChannels/NUMBER."
  }
}

variable "monthly_budget_usd" {
  type        = number
  description = "What the models may cost in a month, in US dollars; alerts tell when it is spent three times too fast."
  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is more than 0."
  }
}

variable "billing_account" {
  type        = string
  description = "The billing account, in US dollars, for a budget that counts all of the project's costs; null: none is made (it needs a right on the account)."
  default     = null
  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account is an id such as 012345-6789AB-CDEF01, or null."
  }
}

variable "slo_days" {
  type        = number
  description = "Days over which the service level objectives are reckoned."
  default     = 28
  validation {
    condition     = var.slo_days >= 1 && var.slo_days <= 30 && floor(var.slo_days) == var.slo_days
    error_message = "slo_days is a whole number from 1 to 30."
  }
}

variable "runbook_url" {
  type        = string
  description = "Where RUNBOOK.md can be read, linked from every alert; null: the alert carries its entry all the same."
  default     = null
  validation {
    condition     = var.runbook_url == null || can(regex("^https://", var.runbook_url))
    error_message = "runbook_url begins with https://, or is null."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of every alert, for whoever filters them."
  default     = {}
  validation {
    condition = alltrue([
      for label, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", label)) && can(regex("^[a-z0-9_-]{0,63}$", value))
    ])
    error_message = "labels have up to 63 lower-case letters, digits, _ and -; a name begins with a letter."
  }
}
