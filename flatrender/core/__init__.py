"""What every part stands on: errors, ids, clock, database, storage, processes. No product knowledge."""
