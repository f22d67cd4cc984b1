variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "database" {
  type        = string
  description = "Id of the database."
  default     = "(default)"
  validation {
    condition     = var.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.database))
    error_message = "database is (default), or 4 to 63 lower-case letters, digits and hyphens."
  }
}

variable "location" {
  type        = string
  description = "A region, or a multi-region such as nam5 or eur3: dearer, and there when a region is not. It cannot be changed."
}

variable "definitions" {
  type        = string
  description = "Path of the file of indexes, exemptions and TTLs."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether nobody, by whatever tool, can delete the database."
}

variable "backup_days" {
  type        = number
  description = "For how many days a daily backup is kept."
  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 98 && floor(var.backup_days) == var.backup_days
    error_message = "backup_days is a whole number from 1 to 98, Firestore's most (14 weeks)."
  }
}
