"""Pinterest: pins, their places and their authors. What is Pinterest's, and not the platform's, stands in this room."""
