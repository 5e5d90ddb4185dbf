"""What an archive tells about itself: log, results, HTML report, verification, BagIt."""
