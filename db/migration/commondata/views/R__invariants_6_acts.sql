-- What must always hold for acts of operators: their chain is whole.

CREATE OR REPLACE VIEW invariant.act_chain_is_whole AS
WITH chained AS (
    SELECT
        a.id,
        a.actor,
        a.act,
        a.target,
        a.hash,
        a.hash = commondata.act_hash(a) AS hash_is_right,
        a.previous_hash = coalesce(lag(a.hash) OVER w, repeat('0', 64)) AS follows_the_one_before,
        a.id = coalesce(lag(a.id) OVER w, 0) + 1 AS number_is_next
    FROM commondata.operator_act AS a
    WINDOW w AS (ORDER BY a.id)
)
SELECT
    c.id,
    c.actor,
    c.act,
    c.target,
    CASE
        WHEN NOT c.hash_is_right THEN 'the row was changed'
        WHEN NOT c.number_is_next THEN 'a row before it is missing'
        ELSE 'it does not follow the row before it'
    END AS finding
FROM chained AS c
WHERE NOT (c.hash_is_right AND c.follows_the_one_before AND c.number_is_next)
UNION ALL
SELECT h.id, NULL, NULL, NULL, 'the last row is not the one that audit_head names'
FROM commondata.audit_head AS h
WHERE h.id > 0
  AND NOT EXISTS (SELECT FROM chained AS c WHERE c.id = h.id AND c.hash = h.hash)
UNION ALL
SELECT c.id, c.actor, c.act, c.target, 'it was added behind audit_head'
FROM chained AS c
JOIN commondata.audit_head AS h ON c.id > h.id;
COMMENT ON VIEW invariant.act_chain_is_whole IS
    'No act of an operator was changed, removed or put in afterwards';

CREATE OR REPLACE VIEW invariant.population_acts AS
SELECT 'act_chain_is_whole'::text AS name, count(*) AS row_count
FROM commondata.operator_act;
COMMENT ON VIEW invariant.population_acts IS 'Rows that the invariant of acts looks at';
COMMENT ON COLUMN invariant.population_acts.name IS 'View in this schema';
COMMENT ON COLUMN invariant.population_acts.row_count IS 'Rows it looks at';
