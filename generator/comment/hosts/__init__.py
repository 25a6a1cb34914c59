"""The APIs of GitHub and GitLab: the only modules of a comment that use the network."""
