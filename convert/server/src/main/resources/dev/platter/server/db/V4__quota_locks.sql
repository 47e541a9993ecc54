-- How many copies of an image there will be once its import is done: room is kept for them.
ALTER TABLE images ADD COLUMN promised_copies INTEGER DEFAULT 0 NOT NULL;

-- Whoever takes room for a project holds the row of the project's number meanwhile.
CREATE TABLE quota_locks (number INTEGER PRIMARY KEY);
INSERT INTO quota_locks (number) VALUES
  (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15);
