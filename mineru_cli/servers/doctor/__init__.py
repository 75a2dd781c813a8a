"""Diagnosis of this machine: one finding per check, with its fix."""
