"""What the part `growth` is made of: jobs to be stored, how they get there, and what is then asked of the functions."""
