"""Cloud Storage of the local cloud: the JSON API, signed URLs of the XML API, and signBlob."""
