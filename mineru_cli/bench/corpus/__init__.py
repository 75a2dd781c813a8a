"""What is converted while measuring."""
