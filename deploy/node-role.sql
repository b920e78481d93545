-- A role of PostgreSQL for render nodes on other machines: what a node does, and no more. It reads no accounts, no
-- sessions and no projects' history, makes no tokens, and deletes nothing but messages and bundles that nobody needs.
-- Run it as the database's owner after the migrations, and again after every update:
--
--     psql "$DATABASE_URL" -f deploy/node-role.sql -c '\password flatrender_node'
--
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'flatrender_node') THEN CREATE ROLE flatrender_node LOGIN; END IF;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM flatrender_node;
-- What a node that was cut off holds within a transaction is free again after a minute, not when TCP gives up.
DO $$ BEGIN
  ALTER ROLE flatrender_node SET idle_in_transaction_session_timeout = '60s';
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'flatrender_node keeps its idle_in_transaction_session_timeout: only who may alter roles can set it';
END $$;
GRANT USAGE ON SCHEMA public TO flatrender_node;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO flatrender_node;

-- The queue: claim, renew, report, end, and insert what follows.
GRANT SELECT, INSERT, UPDATE ON farm_task, farm_tenant_share, farm_node TO flatrender_node;
GRANT SELECT, INSERT ON farm_task_attempt, farm_task_blocker, farm_task_log, farm_lane, farm_node_health TO flatrender_node;
GRANT UPDATE (said, told, looked_at) ON farm_lane TO flatrender_node;
GRANT SELECT ON farm_switch, farm_node_token TO flatrender_node;
GRANT SELECT, UPDATE (most) ON farm_licence_limit TO flatrender_node; -- to lock a row, not to change it

-- Jobs and what they make.
GRANT SELECT, UPDATE ON render_job, project_render TO flatrender_node;
GRANT SELECT, INSERT, UPDATE ON scene_film TO flatrender_node;
GRANT SELECT, INSERT ON export, outbox TO flatrender_node;
GRANT SELECT, INSERT, DELETE ON bus_message TO flatrender_node;

-- What is rendered: read; pictures and facts of it are written.
GRANT SELECT ON tenant, project, template_color, template_font, template_preset, template_scan, media_policy TO flatrender_node;
GRANT SELECT, UPDATE ON template, template_scene, template_element, media TO flatrender_node;
GRANT SELECT, DELETE ON template_bundle TO flatrender_node; -- with the last job that needed it
