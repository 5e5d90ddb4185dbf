"""What a person says about the colours of a photo: hints, their colours and names."""
