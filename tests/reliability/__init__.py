"""Inputs that once crashed the program, lost results, ran code or left processes."""
