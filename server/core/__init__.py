"""No business words: config, database, clock, money, errors, ids, log, queue."""
