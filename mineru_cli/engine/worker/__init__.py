"""What one worker does: pages read, asked about, and written; it knows no other worker."""
