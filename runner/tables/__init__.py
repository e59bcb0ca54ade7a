"""What a command found or made, as tables for a person and as plain values for a program."""
