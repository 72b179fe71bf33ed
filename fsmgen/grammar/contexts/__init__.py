"""Contexts: where rules return to."""
