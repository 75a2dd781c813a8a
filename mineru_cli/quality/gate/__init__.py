"""May this ship: rules over a comparison. ``registry`` says which there are."""
