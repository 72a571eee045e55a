-- SPDX-License-Identifier: MIT
-- The least rights that convertd needs in a PostgreSQL database.
--
-- Two roles: the owner of the schema, which only "convertd migrate" uses, and the role of the running hosts,
-- which cannot change tables. Create both first. Run this as a superuser, or as the owner if the schema
-- exists:
--
--   psql -v ON_ERROR_STOP=1 -v owner=convert_owner -v role=convertd -v schema=convert \
--     -f least-privileges.sql DATABASE
--
-- Then run "convertd migrate" as the owner. It can be repeated: once more after the first migration makes the
-- table of versions read-only for the hosts.

SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', :'schema', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = :'schema') \gexec

-- The owner needs nothing but its schema. Others get no rights in it.
REVOKE ALL ON SCHEMA :"schema" FROM PUBLIC;
GRANT USAGE ON SCHEMA :"schema" TO :"role";

-- The tables that exist, and those of later versions.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"schema" TO :"role";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA :"schema" TO :"role";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema"
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"role";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema"
  GRANT USAGE, SELECT ON SEQUENCES TO :"role";

SELECT format('REVOKE INSERT, UPDATE, DELETE ON %I.schema_versions FROM %I', :'schema', :'role')
WHERE to_regclass(format('%I.schema_versions', :'schema')) IS NOT NULL \gexec
