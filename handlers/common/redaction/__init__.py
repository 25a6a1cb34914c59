"""Rules of redaction, by what they look for; handlers/common/redact.py is the way in."""
