"""What a person does from the deal's card and the calendar: book, edit, move, cancel, see who is free."""
