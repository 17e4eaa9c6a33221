"""What `.ci/stack.py` is made of: the emulator, the deployment on it, and the journeys through it."""
