"""What is deployed: one folder a function, each with its main.py and its requirements.txt."""
