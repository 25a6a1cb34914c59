"""Taking alarms over without a gap: new ones beside the old, both compared for a while, then the old ones retired."""
