"""Concerns and duty rotas: what is told of them, heard of them, shown, and sent."""
