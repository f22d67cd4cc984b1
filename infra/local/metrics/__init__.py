"""The functions' metrics on this machine: reckoned from their logs, by the table that Cloud Monitoring is set up by."""
