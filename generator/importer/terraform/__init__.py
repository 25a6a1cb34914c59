"""Terraform: states and plans, and what their resources are in CloudFormation."""
