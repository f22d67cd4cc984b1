"""What runs at a user's and is no part of any function: the folder that holds the package `darkroom`."""
