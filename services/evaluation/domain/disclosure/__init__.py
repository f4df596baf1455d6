"""What may be published of small numbers: chosen with the least information lost, and attacked before it leaves."""
