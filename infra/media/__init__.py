"""What the README shows of Darkroom, made by programs: `make media`."""
