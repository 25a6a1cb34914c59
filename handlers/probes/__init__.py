"""The probe runner: requests, connections and look-ups once a minute, and a metric and a log line for each."""
