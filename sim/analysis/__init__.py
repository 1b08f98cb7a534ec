"""What an answer rests on, computed from results: importance of values, structure of the model."""
