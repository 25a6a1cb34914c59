"""The calls that read the accounts, units and tags of an AWS organization."""
