"""Before anything is spent: which shots a storyboard takes, by which model, at what price, and its faults."""
