-- Answers when the database takes statements.
SELECT 1 AS alive
