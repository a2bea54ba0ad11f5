"""A Discord on loopback with people in it, in a process of its own."""
