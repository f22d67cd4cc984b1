"""What Darkroom runs on: the local Google Cloud, the real one, and the bundles that are deployed."""
