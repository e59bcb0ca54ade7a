SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.charges_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'charges is only ever added to'; END $$;
CREATE FUNCTION public.history_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'history is only ever added to'; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.alerts (
    id bigint NOT NULL,
    cap text NOT NULL,
    threshold integer NOT NULL,
    name text NOT NULL,
    used bigint NOT NULL,
    "limit" bigint NOT NULL,
    at double precision NOT NULL,
    told_at double precision
);
CREATE SEQUENCE public.alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alerts_id_seq OWNED BY public.alerts.id;
CREATE TABLE public.attempts (
    id text NOT NULL,
    key text NOT NULL,
    number integer NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    base_url text NOT NULL,
    state text NOT NULL,
    substate text NOT NULL,
    progress double precision,
    operation text,
    estimate bigint NOT NULL,
    reserved bigint NOT NULL,
    charged bigint NOT NULL,
    kind text NOT NULL,
    why text NOT NULL,
    film text NOT NULL,
    run text NOT NULL,
    owner text NOT NULL,
    begun_at double precision NOT NULL,
    answered_at double precision,
    ended_at double precision,
    settled_at double precision
);
CREATE TABLE public.charges (
    id bigint NOT NULL,
    attempt text NOT NULL,
    key text NOT NULL,
    at double precision NOT NULL,
    amount bigint NOT NULL,
    why text NOT NULL
);
CREATE SEQUENCE public.charges_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.charges_id_seq OWNED BY public.charges.id;
CREATE TABLE public.history (
    seq bigint NOT NULL,
    at double precision NOT NULL,
    attempt text NOT NULL,
    key text NOT NULL,
    provider text NOT NULL,
    run text NOT NULL,
    event text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    why text NOT NULL,
    amount bigint NOT NULL,
    reserved bigint NOT NULL,
    charged bigint NOT NULL
);
CREATE SEQUENCE public.history_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.history_seq_seq OWNED BY public.history.seq;
CREATE TABLE public.intents (
    key text NOT NULL,
    base text NOT NULL,
    take integer NOT NULL,
    request text NOT NULL,
    film text NOT NULL,
    run text NOT NULL,
    priority integer NOT NULL,
    created_at double precision NOT NULL,
    owner text,
    claim text,
    claimed_at double precision,
    waiting_for text,
    waiting_since double precision
);
CREATE TABLE public.owners (
    id text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started text NOT NULL,
    seen double precision NOT NULL
);
CREATE TABLE public.retakes (
    base text NOT NULL,
    token text NOT NULL,
    take integer NOT NULL,
    at double precision NOT NULL
);
CREATE TABLE public.takes (
    key text NOT NULL,
    attempt text NOT NULL,
    path_name text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    duration double precision NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    fps double precision NOT NULL,
    audio boolean NOT NULL,
    details text NOT NULL,
    stored_at double precision NOT NULL
);
ALTER TABLE ONLY public.alerts ALTER COLUMN id SET DEFAULT nextval('public.alerts_id_seq'::regclass);
ALTER TABLE ONLY public.charges ALTER COLUMN id SET DEFAULT nextval('public.charges_id_seq'::regclass);
ALTER TABLE ONLY public.history ALTER COLUMN seq SET DEFAULT nextval('public.history_seq_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.alerts VALUES (1, 'month:2026-11-01:*:4200000', 75, 'budget for a month', 3460005, 4200000, 1795000097.5, 1795000105);
INSERT INTO public.attempts VALUES ('1b640aa3300c4c1689800074561f3bf1', '00000000000000000000000000000000-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'sending', '', NULL, NULL, 480001, 480001, 0, '', '', 'First film', 'run0', 'process 15634 on vm', 1795000004.5, NULL, NULL, NULL);
INSERT INTO public.attempts VALUES ('93f2c6dc9de642068b5d4666c4fc499c', '00000000000000000000000000000001-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'unknown', '', NULL, NULL, 480001, 480001, 0, '', 'the answer didn''t come', 'First film', 'run1', 'process 15634 on vm', 1795000010.5, 1795000013.5, NULL, NULL);
INSERT INTO public.attempts VALUES ('fdce3eef56dd4f94b4f550c840f1bfa0', '00000000000000000000000000000002-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'running', 'running', 0.25, 'job-running', 480001, 480001, 0, '', '', 'First film', 'run0', 'process 15634 on vm', 1795000018, 1795000021, NULL, NULL);
INSERT INTO public.attempts VALUES ('858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'done', 'running', 0.25, 'job-done', 480001, 480001, 0, '', '', 'First film', 'run1', 'process 15634 on vm', 1795000028.5, 1795000031.5, 1795000036, NULL);
INSERT INTO public.attempts VALUES ('1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'lost', 'running', 0.25, 'job-lost', 480001, 0, 480000, '', 'expired', 'First film', 'run0', 'process 15634 on vm', 1795000085.5, 1795000088.5, 1795000093, 1795000093);
INSERT INTO public.attempts VALUES ('b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'stored', 'running', 0.25, 'job-stored', 480001, 0, 480000, '', '', 'First film', 'run0', 'process 15634 on vm', 1795000040.5, 1795000043.5, 1795000048, 1795000049.5);
INSERT INTO public.attempts VALUES ('94cb93a485364c979dc7763e49f47c2b', '00000000000000000000000000000005-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'refused', '', NULL, NULL, 480001, 0, 0, 'invalid', 'too long', 'First film', 'run1', 'process 15634 on vm', 1795000054, 1795000057, NULL, 1795000057);
INSERT INTO public.attempts VALUES ('af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'failed', 'running', 0.25, 'job-failed', 480001, 0, 100000, 'blocked', 'not this', 'First film', 'run0', 'process 15634 on vm', 1795000061.5, 1795000064.5, 1795000069, 1795000069);
INSERT INTO public.attempts VALUES ('9b7b573d29074a14bf350a8bda42d2ed', '00000000000000000000000000000009-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'released', '', NULL, NULL, 480001, 0, 0, '', 'it isn''t in the list', 'First film', 'run1', 'process 15634 on vm', 1795000097.5, 1795000100.5, NULL, 1795000102);
INSERT INTO public.attempts VALUES ('36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 1, 'runway', 'gen4.5', 'https://api.example.com', 'cancelled', 'running', 0.25, 'job-cancelled', 480001, 0, 0, '', '', 'First film', 'run1', 'process 15634 on vm', 1795000073.5, 1795000076.5, 1795000081, 1795000081);
INSERT INTO public.charges VALUES (1, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 1795000049.5, 480000, 'stored');
INSERT INTO public.charges VALUES (2, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 1795000069, 100000, 'failed');
INSERT INTO public.charges VALUES (3, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 1795000093, 480000, 'lost');
INSERT INTO public.history VALUES (1, 1795000004.5, '1b640aa3300c4c1689800074561f3bf1', '00000000000000000000000000000000-1', 'runway', 'run0', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (2, 1795000010.5, '93f2c6dc9de642068b5d4666c4fc499c', '00000000000000000000000000000001-1', 'runway', 'run1', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (3, 1795000013.5, '93f2c6dc9de642068b5d4666c4fc499c', '00000000000000000000000000000001-1', 'runway', 'run1', 'unknown', 'sending', 'unknown', 'the answer didn''t come', 0, 480001, 0);
INSERT INTO public.history VALUES (4, 1795000018, 'fdce3eef56dd4f94b4f550c840f1bfa0', '00000000000000000000000000000002-1', 'runway', 'run0', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (5, 1795000021, 'fdce3eef56dd4f94b4f550c840f1bfa0', '00000000000000000000000000000002-1', 'runway', 'run0', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (6, 1795000022.5, 'fdce3eef56dd4f94b4f550c840f1bfa0', '00000000000000000000000000000002-1', 'runway', 'run0', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (7, 1795000024, 'fdce3eef56dd4f94b4f550c840f1bfa0', '00000000000000000000000000000002-1', 'runway', 'run0', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (8, 1795000028.5, '858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 'runway', 'run1', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (9, 1795000031.5, '858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 'runway', 'run1', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (10, 1795000033, '858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 'runway', 'run1', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (11, 1795000034.5, '858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 'runway', 'run1', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (12, 1795000036, '858d13f4d10c417dba925a440b38ba23', '00000000000000000000000000000003-1', 'runway', 'run1', 'done', 'running', 'done', '', 0, 480001, 0);
INSERT INTO public.history VALUES (13, 1795000040.5, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (14, 1795000043.5, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (15, 1795000045, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (16, 1795000046.5, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (17, 1795000048, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'done', 'running', 'done', '', 0, 480001, 0);
INSERT INTO public.history VALUES (18, 1795000049.5, 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1', 'runway', 'run0', 'stored', 'done', 'stored', '', 480000, 0, 480000);
INSERT INTO public.history VALUES (19, 1795000054, '94cb93a485364c979dc7763e49f47c2b', '00000000000000000000000000000005-1', 'runway', 'run1', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (20, 1795000057, '94cb93a485364c979dc7763e49f47c2b', '00000000000000000000000000000005-1', 'runway', 'run1', 'refused', 'sending', 'refused', 'too long', 0, 0, 0);
INSERT INTO public.history VALUES (21, 1795000061.5, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 'runway', 'run0', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (22, 1795000064.5, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 'runway', 'run0', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (23, 1795000066, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 'runway', 'run0', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (24, 1795000067.5, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 'runway', 'run0', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (25, 1795000069, 'af8c02be44fd4a389d02cd616c9a7a52', '00000000000000000000000000000006-1', 'runway', 'run0', 'failed', 'running', 'failed', 'not this', 100000, 0, 100000);
INSERT INTO public.history VALUES (26, 1795000073.5, '36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 'runway', 'run1', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (27, 1795000076.5, '36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 'runway', 'run1', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (28, 1795000078, '36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 'runway', 'run1', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (29, 1795000079.5, '36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 'runway', 'run1', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (30, 1795000081, '36fda76bf81c4fd898f682b02a2485f7', '00000000000000000000000000000007-1', 'runway', 'run1', 'cancelled', 'running', 'cancelled', '', 0, 0, 0);
INSERT INTO public.history VALUES (31, 1795000085.5, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 'runway', 'run0', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (32, 1795000088.5, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 'runway', 'run0', 'accepted', 'sending', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (33, 1795000090, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 'runway', 'run0', 'queued', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (34, 1795000091.5, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 'runway', 'run0', 'running', 'running', 'running', '', 0, 480001, 0);
INSERT INTO public.history VALUES (35, 1795000093, '1df3a4a1160848c9a556b1f217a95824', '00000000000000000000000000000008-1', 'runway', 'run0', 'lost', 'running', 'lost', 'expired', 480000, 0, 480000);
INSERT INTO public.history VALUES (36, 1795000097.5, '9b7b573d29074a14bf350a8bda42d2ed', '00000000000000000000000000000009-1', 'runway', 'run1', 'begin', '', 'sending', '', 480001, 480001, 0);
INSERT INTO public.history VALUES (37, 1795000100.5, '9b7b573d29074a14bf350a8bda42d2ed', '00000000000000000000000000000009-1', 'runway', 'run1', 'unknown', 'sending', 'unknown', 'the answer didn''t come', 0, 480001, 0);
INSERT INTO public.history VALUES (38, 1795000102, '9b7b573d29074a14bf350a8bda42d2ed', '00000000000000000000000000000009-1', 'runway', 'run1', 'released', 'unknown', 'released', 'it isn''t in the list', 0, 0, 0);
INSERT INTO public.intents VALUES ('00000000000000000000000000000000-1', '00000000000000000000000000000000', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é sending — 船", "seconds": 4.0, "version": 1}', 'First film', 'run0', 0, 1795000001.5, NULL, NULL, 1795000001.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000001-1', '00000000000000000000000000000001', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é unknown — 船", "seconds": 4.0, "version": 1}', 'First film', 'run1', 0, 1795000007.5, NULL, NULL, 1795000007.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000002-1', '00000000000000000000000000000002', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é running — 船", "seconds": 4.0, "version": 1}', 'First film', 'run0', 0, 1795000015, NULL, NULL, 1795000015, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000003-1', '00000000000000000000000000000003', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é done — 船", "seconds": 4.0, "version": 1}', 'First film', 'run1', 0, 1795000025.5, NULL, NULL, 1795000025.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000004-1', '00000000000000000000000000000004', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é stored — 船", "seconds": 4.0, "version": 1}', 'First film', 'run0', 0, 1795000037.5, NULL, NULL, 1795000037.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000005-1', '00000000000000000000000000000005', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é refused — 船", "seconds": 4.0, "version": 1}', 'First film', 'run1', 0, 1795000051, NULL, NULL, 1795000051, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000006-1', '00000000000000000000000000000006', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é failed — 船", "seconds": 4.0, "version": 1}', 'First film', 'run0', 0, 1795000058.5, NULL, NULL, 1795000058.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000007-1', '00000000000000000000000000000007', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é cancelled — 船", "seconds": 4.0, "version": 1}', 'First film', 'run1', 0, 1795000070.5, NULL, NULL, 1795000070.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000008-1', '00000000000000000000000000000008', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é lost — 船", "seconds": 4.0, "version": 1}', 'First film', 'run0', 0, 1795000082.5, NULL, NULL, 1795000082.5, NULL, NULL);
INSERT INTO public.intents VALUES ('00000000000000000000000000000009-1', '00000000000000000000000000000009', 1, '{"mode": "text", "model": "gen4.5", "prompt": "é released — 船", "seconds": 4.0, "version": 1}', 'First film', 'run1', 0, 1795000094.5, NULL, NULL, 1795000094.5, NULL, NULL);
INSERT INTO public.retakes VALUES ('00000000000000000000000000000004', 'a token', 2, 1795000103.5);
INSERT INTO public.takes VALUES ('00000000000000000000000000000004-1', 'b462bd149cd844c3bbea94edbce787a4', '00000000000000000000000000000004-1.mp4', 'abababababababababababababababababababababababababababababababab', 12345, 4.04, 1280, 720, 24, true, '{"losses": [], "notes": ["provider: another"]}', 1795000049.5);
SELECT pg_catalog.setval('public.alerts_id_seq', 1, true);
SELECT pg_catalog.setval('public.charges_id_seq', 3, true);
SELECT pg_catalog.setval('public.history_seq_seq', 38, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_by_key UNIQUE (key, number);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.charges
    ADD CONSTRAINT charges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.intents
    ADD CONSTRAINT intents_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT one_alert_per_threshold UNIQUE (cap, threshold);
ALTER TABLE ONLY public.intents
    ADD CONSTRAINT one_intent_per_take UNIQUE (base, take);
ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.retakes
    ADD CONSTRAINT retakes_pkey PRIMARY KEY (base, token);
ALTER TABLE ONLY public.takes
    ADD CONSTRAINT takes_pkey PRIMARY KEY (key);
CREATE INDEX alerts_by_told ON public.alerts USING btree (told_at);
CREATE INDEX attempts_by_answer ON public.attempts USING btree (provider, answered_at);
CREATE INDEX attempts_by_day ON public.attempts USING btree (begun_at, provider, reserved, charged);
CREATE INDEX attempts_by_end ON public.attempts USING btree (provider, ended_at);
CREATE INDEX attempts_by_operation ON public.attempts USING btree (operation);
CREATE INDEX attempts_by_run ON public.attempts USING btree (run);
CREATE INDEX attempts_by_state ON public.attempts USING btree (provider, state);
CREATE INDEX charges_by_key ON public.charges USING btree (key);
CREATE INDEX history_by_attempt ON public.history USING btree (attempt);
CREATE INDEX history_by_time ON public.history USING btree (at);
CREATE INDEX intents_by_waiting ON public.intents USING btree (waiting_for);
CREATE TRIGGER charges_stays BEFORE DELETE OR UPDATE ON public.charges FOR EACH ROW EXECUTE FUNCTION public.charges_stays();
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON public.history FOR EACH ROW EXECUTE FUNCTION public.history_stays();
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_key_fkey FOREIGN KEY (key) REFERENCES public.intents(key);
ALTER TABLE ONLY public.charges
    ADD CONSTRAINT charges_attempt_fkey FOREIGN KEY (attempt) REFERENCES public.attempts(id);
ALTER TABLE ONLY public.takes
    ADD CONSTRAINT takes_attempt_fkey FOREIGN KEY (attempt) REFERENCES public.attempts(id);
ALTER TABLE ONLY public.takes
    ADD CONSTRAINT takes_key_fkey FOREIGN KEY (key) REFERENCES public.intents(key);
