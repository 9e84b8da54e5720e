"""How Banqup is started: preparing, supervising and checking; nothing of the product itself."""
