"""What a run starts from: initial weights, frozen backbones, teachers and their digests."""
