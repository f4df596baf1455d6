"""Evaluation: what the journeys come to, counted for the people who run the service."""
