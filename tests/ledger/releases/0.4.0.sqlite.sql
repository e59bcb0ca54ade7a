BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alerts (
	id INTEGER NOT NULL, 
	cap TEXT NOT NULL, 
	threshold INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	used BIGINT NOT NULL, 
	"limit" BIGINT NOT NULL, 
	at FLOAT NOT NULL, 
	told_at FLOAT, 
	PRIMARY KEY (id), 
	CONSTRAINT one_alert_per_threshold UNIQUE (cap, threshold)
);
INSERT INTO "alerts" VALUES(1,'month:2026-11-01:*:4200000',75,'budget for a month',3460005,4200000,1795000097.5,1795000105.0);
CREATE TABLE attempts (
	id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	provider TEXT NOT NULL, 
	model TEXT NOT NULL, 
	base_url TEXT NOT NULL, 
	state TEXT NOT NULL, 
	substate TEXT NOT NULL, 
	progress FLOAT, 
	operation TEXT, 
	estimate BIGINT NOT NULL, 
	reserved BIGINT NOT NULL, 
	charged BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	why TEXT NOT NULL, 
	film TEXT NOT NULL, 
	run TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	begun_at FLOAT NOT NULL, 
	answered_at FLOAT, 
	ended_at FLOAT, 
	settled_at FLOAT, 
	PRIMARY KEY (id), 
	CONSTRAINT attempts_by_key UNIQUE ("key", number), 
	FOREIGN KEY("key") REFERENCES intents ("key")
);
INSERT INTO "attempts" VALUES('a06fc052f6f2453e9b33cf050ebd7c1f','00000000000000000000000000000000-1',1,'runway','gen4.5','https://api.example.com','sending','',NULL,NULL,480001,480001,0,'','','First film','run0','process 15634 on vm',1795000004.5,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('cd3174d124d6470c80ad029e8bca872b','00000000000000000000000000000001-1',1,'runway','gen4.5','https://api.example.com','unknown','',NULL,NULL,480001,480001,0,'','the answer didn''t come','First film','run1','process 15634 on vm',1795000010.5,1795000013.5,NULL,NULL);
INSERT INTO "attempts" VALUES('53375ab006484023bafef02d19e6b0b7','00000000000000000000000000000002-1',1,'runway','gen4.5','https://api.example.com','running','running',0.25,'job-running',480001,480001,0,'','','First film','run0','process 15634 on vm',1795000018.0,1795000021.0,NULL,NULL);
INSERT INTO "attempts" VALUES('6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1',1,'runway','gen4.5','https://api.example.com','done','running',0.25,'job-done',480001,480001,0,'','','First film','run1','process 15634 on vm',1795000028.5,1795000031.5,1795000036.0,NULL);
INSERT INTO "attempts" VALUES('74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1',1,'runway','gen4.5','https://api.example.com','stored','running',0.25,'job-stored',480001,0,480000,'','','First film','run0','process 15634 on vm',1795000040.5,1795000043.5,1795000048.0,1795000049.5);
INSERT INTO "attempts" VALUES('941f7649f7874e3a84a2ad1b24f040bf','00000000000000000000000000000005-1',1,'runway','gen4.5','https://api.example.com','refused','',NULL,NULL,480001,0,0,'invalid','too long','First film','run1','process 15634 on vm',1795000054.0,1795000057.0,NULL,1795000057.0);
INSERT INTO "attempts" VALUES('8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1',1,'runway','gen4.5','https://api.example.com','failed','running',0.25,'job-failed',480001,0,100000,'blocked','not this','First film','run0','process 15634 on vm',1795000061.5,1795000064.5,1795000069.0,1795000069.0);
INSERT INTO "attempts" VALUES('02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1',1,'runway','gen4.5','https://api.example.com','cancelled','running',0.25,'job-cancelled',480001,0,0,'','','First film','run1','process 15634 on vm',1795000073.5,1795000076.5,1795000081.0,1795000081.0);
INSERT INTO "attempts" VALUES('10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1',1,'runway','gen4.5','https://api.example.com','lost','running',0.25,'job-lost',480001,0,480000,'','expired','First film','run0','process 15634 on vm',1795000085.5,1795000088.5,1795000093.0,1795000093.0);
INSERT INTO "attempts" VALUES('887d2108717249c1ba0273dfe3478de3','00000000000000000000000000000009-1',1,'runway','gen4.5','https://api.example.com','released','',NULL,NULL,480001,0,0,'','it isn''t in the list','First film','run1','process 15634 on vm',1795000097.5,1795000100.5,NULL,1795000102.0);
CREATE TABLE charges (
	id INTEGER NOT NULL, 
	attempt TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	amount BIGINT NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(attempt) REFERENCES attempts (id)
);
INSERT INTO "charges" VALUES(1,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1',1795000049.5,480000,'stored');
INSERT INTO "charges" VALUES(2,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1',1795000069.0,100000,'failed');
INSERT INTO "charges" VALUES(3,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1',1795000093.0,480000,'lost');
CREATE TABLE history (
	seq INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	attempt TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	run TEXT NOT NULL, 
	event TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	why TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	reserved BIGINT NOT NULL, 
	charged BIGINT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "history" VALUES(1,1795000004.5,'a06fc052f6f2453e9b33cf050ebd7c1f','00000000000000000000000000000000-1','runway','run0','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(2,1795000010.5,'cd3174d124d6470c80ad029e8bca872b','00000000000000000000000000000001-1','runway','run1','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(3,1795000013.5,'cd3174d124d6470c80ad029e8bca872b','00000000000000000000000000000001-1','runway','run1','unknown','sending','unknown','the answer didn''t come',0,480001,0);
INSERT INTO "history" VALUES(4,1795000018.0,'53375ab006484023bafef02d19e6b0b7','00000000000000000000000000000002-1','runway','run0','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(5,1795000021.0,'53375ab006484023bafef02d19e6b0b7','00000000000000000000000000000002-1','runway','run0','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(6,1795000022.5,'53375ab006484023bafef02d19e6b0b7','00000000000000000000000000000002-1','runway','run0','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(7,1795000024.0,'53375ab006484023bafef02d19e6b0b7','00000000000000000000000000000002-1','runway','run0','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(8,1795000028.5,'6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1','runway','run1','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(9,1795000031.5,'6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1','runway','run1','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(10,1795000033.0,'6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1','runway','run1','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(11,1795000034.5,'6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1','runway','run1','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(12,1795000036.0,'6690ccadd4b74fdc984b1f82ccae4c4a','00000000000000000000000000000003-1','runway','run1','done','running','done','',0,480001,0);
INSERT INTO "history" VALUES(13,1795000040.5,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(14,1795000043.5,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(15,1795000045.0,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(16,1795000046.5,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(17,1795000048.0,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','done','running','done','',0,480001,0);
INSERT INTO "history" VALUES(18,1795000049.5,'74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1','runway','run0','stored','done','stored','',480000,0,480000);
INSERT INTO "history" VALUES(19,1795000054.0,'941f7649f7874e3a84a2ad1b24f040bf','00000000000000000000000000000005-1','runway','run1','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(20,1795000057.0,'941f7649f7874e3a84a2ad1b24f040bf','00000000000000000000000000000005-1','runway','run1','refused','sending','refused','too long',0,0,0);
INSERT INTO "history" VALUES(21,1795000061.5,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1','runway','run0','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(22,1795000064.5,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1','runway','run0','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(23,1795000066.0,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1','runway','run0','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(24,1795000067.5,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1','runway','run0','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(25,1795000069.0,'8ed0f0ce0e30495ab0775f7d9f5da653','00000000000000000000000000000006-1','runway','run0','failed','running','failed','not this',100000,0,100000);
INSERT INTO "history" VALUES(26,1795000073.5,'02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1','runway','run1','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(27,1795000076.5,'02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1','runway','run1','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(28,1795000078.0,'02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1','runway','run1','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(29,1795000079.5,'02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1','runway','run1','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(30,1795000081.0,'02bf9d445187421cbf6da3b9d81caf5a','00000000000000000000000000000007-1','runway','run1','cancelled','running','cancelled','',0,0,0);
INSERT INTO "history" VALUES(31,1795000085.5,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1','runway','run0','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(32,1795000088.5,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1','runway','run0','accepted','sending','running','',0,480001,0);
INSERT INTO "history" VALUES(33,1795000090.0,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1','runway','run0','queued','running','running','',0,480001,0);
INSERT INTO "history" VALUES(34,1795000091.5,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1','runway','run0','running','running','running','',0,480001,0);
INSERT INTO "history" VALUES(35,1795000093.0,'10a90bb09e554993b6cca5ee4d763622','00000000000000000000000000000008-1','runway','run0','lost','running','lost','expired',480000,0,480000);
INSERT INTO "history" VALUES(36,1795000097.5,'887d2108717249c1ba0273dfe3478de3','00000000000000000000000000000009-1','runway','run1','begin','','sending','',480001,480001,0);
INSERT INTO "history" VALUES(37,1795000100.5,'887d2108717249c1ba0273dfe3478de3','00000000000000000000000000000009-1','runway','run1','unknown','sending','unknown','the answer didn''t come',0,480001,0);
INSERT INTO "history" VALUES(38,1795000102.0,'887d2108717249c1ba0273dfe3478de3','00000000000000000000000000000009-1','runway','run1','released','unknown','released','it isn''t in the list',0,0,0);
CREATE TABLE intents (
	"key" TEXT NOT NULL, 
	base TEXT NOT NULL, 
	take INTEGER NOT NULL, 
	request TEXT NOT NULL, 
	film TEXT NOT NULL, 
	run TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	created_at FLOAT NOT NULL, 
	owner TEXT, 
	claim TEXT, 
	claimed_at FLOAT, 
	waiting_for TEXT, 
	waiting_since FLOAT, 
	PRIMARY KEY ("key"), 
	CONSTRAINT one_intent_per_take UNIQUE (base, take)
);
INSERT INTO "intents" VALUES('00000000000000000000000000000000-1','00000000000000000000000000000000',1,'{"mode": "text", "model": "gen4.5", "prompt": "é sending — 船", "seconds": 4.0, "version": 1}','First film','run0',0,1795000001.5,NULL,NULL,1795000001.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000001-1','00000000000000000000000000000001',1,'{"mode": "text", "model": "gen4.5", "prompt": "é unknown — 船", "seconds": 4.0, "version": 1}','First film','run1',0,1795000007.5,NULL,NULL,1795000007.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000002-1','00000000000000000000000000000002',1,'{"mode": "text", "model": "gen4.5", "prompt": "é running — 船", "seconds": 4.0, "version": 1}','First film','run0',0,1795000015.0,NULL,NULL,1795000015.0,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000003-1','00000000000000000000000000000003',1,'{"mode": "text", "model": "gen4.5", "prompt": "é done — 船", "seconds": 4.0, "version": 1}','First film','run1',0,1795000025.5,NULL,NULL,1795000025.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000004-1','00000000000000000000000000000004',1,'{"mode": "text", "model": "gen4.5", "prompt": "é stored — 船", "seconds": 4.0, "version": 1}','First film','run0',0,1795000037.5,NULL,NULL,1795000037.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000005-1','00000000000000000000000000000005',1,'{"mode": "text", "model": "gen4.5", "prompt": "é refused — 船", "seconds": 4.0, "version": 1}','First film','run1',0,1795000051.0,NULL,NULL,1795000051.0,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000006-1','00000000000000000000000000000006',1,'{"mode": "text", "model": "gen4.5", "prompt": "é failed — 船", "seconds": 4.0, "version": 1}','First film','run0',0,1795000058.5,NULL,NULL,1795000058.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000007-1','00000000000000000000000000000007',1,'{"mode": "text", "model": "gen4.5", "prompt": "é cancelled — 船", "seconds": 4.0, "version": 1}','First film','run1',0,1795000070.5,NULL,NULL,1795000070.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000008-1','00000000000000000000000000000008',1,'{"mode": "text", "model": "gen4.5", "prompt": "é lost — 船", "seconds": 4.0, "version": 1}','First film','run0',0,1795000082.5,NULL,NULL,1795000082.5,NULL,NULL);
INSERT INTO "intents" VALUES('00000000000000000000000000000009-1','00000000000000000000000000000009',1,'{"mode": "text", "model": "gen4.5", "prompt": "é released — 船", "seconds": 4.0, "version": 1}','First film','run1',0,1795000094.5,NULL,NULL,1795000094.5,NULL,NULL);
CREATE TABLE owners (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	started TEXT NOT NULL, 
	seen FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE retakes (
	base TEXT NOT NULL, 
	token TEXT NOT NULL, 
	take INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (base, token)
);
INSERT INTO "retakes" VALUES('00000000000000000000000000000004','a token',2,1795000103.5);
CREATE TABLE takes (
	"key" TEXT NOT NULL, 
	attempt TEXT NOT NULL, 
	path_name TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	duration FLOAT NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	fps FLOAT NOT NULL, 
	audio BOOLEAN NOT NULL, 
	details TEXT NOT NULL, 
	stored_at FLOAT NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY("key") REFERENCES intents ("key"), 
	FOREIGN KEY(attempt) REFERENCES attempts (id)
);
INSERT INTO "takes" VALUES('00000000000000000000000000000004-1','74851c2d99bd43dcb0ef73c3a2a677e1','00000000000000000000000000000004-1.mp4','abababababababababababababababababababababababababababababababab',12345,4.04,1280,720,24.0,1,'{"losses": [], "notes": ["provider: another"]}',1795000049.5);
CREATE INDEX intents_by_waiting ON intents (waiting_for);
CREATE INDEX attempts_by_run ON attempts (run);
CREATE INDEX attempts_by_operation ON attempts (operation);
CREATE INDEX attempts_by_state ON attempts (provider, state);
CREATE INDEX attempts_by_answer ON attempts (provider, answered_at);
CREATE INDEX attempts_by_end ON attempts (provider, ended_at);
CREATE INDEX attempts_by_day ON attempts (begun_at, provider, reserved, charged);
CREATE INDEX charges_by_key ON charges ("key");
CREATE INDEX history_by_attempt ON history (attempt);
CREATE INDEX history_by_time ON history (at);
CREATE INDEX alerts_by_told ON alerts (told_at);
CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is only ever added to'); END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is only ever added to'); END;
CREATE TRIGGER charges_no_update BEFORE UPDATE ON charges BEGIN SELECT RAISE(ABORT, 'charges is only ever added to'); END;
CREATE TRIGGER charges_no_delete BEFORE DELETE ON charges BEGIN SELECT RAISE(ABORT, 'charges is only ever added to'); END;
COMMIT;
