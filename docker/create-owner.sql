-- Run once, when the container makes its data directory: the login that owns the database and
-- runs migrations. It is no superuser; it makes the other logins.
\set password `cat /run/secrets/commondata_owner`
CREATE ROLE commondata_owner LOGIN CREATEROLE PASSWORD :'password';
GRANT pg_read_all_stats TO commondata_owner;
CREATE DATABASE commondata OWNER commondata_owner;
