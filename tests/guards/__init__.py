"""Every promise has a guard in the code, and every guard a test that fails when it is switched off."""
