"""What a page asks for in `{{ }}`: code, tables, figures, minutes."""
