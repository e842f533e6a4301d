"""Writing a shot: from what a person named to what a vendor can be sent, one by one or from files."""
