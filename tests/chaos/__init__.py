"""Faults in real processes, and after each the same question: was everything heard once, in order, and nothing else."""
