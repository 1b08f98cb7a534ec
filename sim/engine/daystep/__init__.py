"""The compiled day step: what flows on one day, pass by pass."""
