-- Account 000000 is the mainframe's own.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    a.file,
    a.line,
    'account_no',
    'E-STATE',
    'account "000000" is nobody''s'
FROM sample.account AS a
WHERE a.file = :file_id
  AND a.account_no = '000000';
