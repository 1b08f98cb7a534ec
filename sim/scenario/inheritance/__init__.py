"""What a value has from the layer below: changes relative to it, and the range that goes with it."""
