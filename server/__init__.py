"""Everything that runs on our side: capabilities below, audiences above."""
