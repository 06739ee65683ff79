"""What runs a reader's code in the page."""
