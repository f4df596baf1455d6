"""Supervision: the safety and the growth of those who support, and what happens when somebody is worried."""
