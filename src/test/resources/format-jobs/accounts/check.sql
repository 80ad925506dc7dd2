-- Account 000000 is the mainframe's own.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(
                a.file,
                a.line,
                'account_no',
                'E-STATE',
                'account "000000" is nobody''s',
                NULL
            )
            AS commondata.reject
        )
    )
)
FROM sample.account AS a
WHERE a.file = :file_id
  AND a.account_no = '000000';
