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
INSERT INTO "attempts" VALUES('eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1',1,'google','gemini-omni-1.2','http://127.0.0.1:43719/google','stored','',NULL,'v1_4uxVFEfv3fhVn5jMmg8YAQZJRe_BjDge',69516,0,69516,'','','a film','5f88d9782940','process 2564 on vm',1.79525886305176234246e+09,1.79525886323493266108e+09,1.79525886330005455017e+09,1.79525886343683934213e+09);
INSERT INTO "attempts" VALUES('e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1',1,'runway','gen4.5','http://127.0.0.1:43719/runway','stored','',NULL,'31fccea2-1682-4ba1-9959-fe3dccd51ca1',240000,0,240000,'','','a film','5f88d9782940','process 2564 on vm',1.79525886306086707114e+09,1.79525886318579363824e+09,1.79525886329822754864e+09,1.79525886349198484422e+09);
INSERT INTO "attempts" VALUES('983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:43719/vertex','stored','running',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/33a81dd5-9f49-4ac5-b7fa-5b24b724862e',400000,0,400000,'','','a film','5f88d9782940','process 2564 on vm',1.79525886306290459633e+09,1.79525886330361771582e+09,1.7952588734045522213e+09,1.79525887353852391242e+09);
INSERT INTO "attempts" VALUES('45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2',1,'runway','gen4.5','http://127.0.0.1:43719/runway','stored','',NULL,'49cca0a2-e2af-4917-8461-12487b7bf1eb',240000,0,240000,'','','a film','5f88d9782940','process 2564 on vm',1.7952588630653655529e+09,1.79525886315138983725e+09,1.79525886329287767415e+09,1.79525886353799057001e+09);
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
INSERT INTO "charges" VALUES(1,'45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2',1.79525886329287767415e+09,240000,'done');
INSERT INTO "charges" VALUES(2,'e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1',1.79525886329822754864e+09,240000,'done');
INSERT INTO "charges" VALUES(3,'eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1',1.79525886330005455017e+09,69516,'done');
INSERT INTO "charges" VALUES(4,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1',1.79525887353852391242e+09,400000,'stored');
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
INSERT INTO "history" VALUES(1,1.79525886305176234246e+09,'eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1','google','5f88d9782940','begin','','sending','',69516,69516,0);
INSERT INTO "history" VALUES(2,1.79525886306086707114e+09,'e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1','runway','5f88d9782940','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(3,1.79525886306290459633e+09,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1','vertex','5f88d9782940','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(4,1.7952588630653655529e+09,'45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2','runway','5f88d9782940','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(5,1.79525886315138983725e+09,'45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2','runway','5f88d9782940','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(6,1.79525886318579363824e+09,'e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1','runway','5f88d9782940','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(7,1.79525886323493266108e+09,'eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1','google','5f88d9782940','accepted','sending','running','',0,69516,0);
INSERT INTO "history" VALUES(8,1.79525886329287767415e+09,'45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2','runway','5f88d9782940','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(9,1.79525886329822754864e+09,'e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1','runway','5f88d9782940','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(10,1.79525886330005455017e+09,'eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1','google','5f88d9782940','done','running','done','',69516,0,69516);
INSERT INTO "history" VALUES(11,1.79525886330361771582e+09,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1','vertex','5f88d9782940','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(12,1.7952588633189451694e+09,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1','vertex','5f88d9782940','running','running','running','',0,400000,0);
INSERT INTO "history" VALUES(13,1.79525886343683934213e+09,'eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1','google','5f88d9782940','stored','done','stored','',0,0,69516);
INSERT INTO "history" VALUES(14,1.79525886349198484422e+09,'e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1','runway','5f88d9782940','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(15,1.79525886353799057001e+09,'45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2','runway','5f88d9782940','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(16,1.7952588734045522213e+09,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1','vertex','5f88d9782940','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(17,1.79525887353852391242e+09,'983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1','vertex','5f88d9782940','stored','done','stored','',400000,0,400000);
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
INSERT INTO "intents" VALUES('cbe730834fdd55d5c8233173b759d383-1','cbe730834fdd55d5c8233173b759d383',1,'{"aspect_ratio": "16:9", "mode": "text", "model": "veo-3.1-fast", "prompt": "words alone", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','5f88d9782940',0,1.795258863043637991e+09,NULL,NULL,1.795258863043637991e+09,NULL,NULL);
INSERT INTO "intents" VALUES('cffc9890557e932fda192209de63eeda-1','cffc9890557e932fda192209de63eeda',1,'{"aspect_ratio": "16:9", "audio": false, "mode": "text", "model": "gemini-omni-1.2", "prompt": "silent", "resolution": "360p", "seconds": 3.0, "seed": 3, "version": 1}','a film','5f88d9782940',0,1.79525886304710698129e+09,NULL,NULL,1.79525886304710698129e+09,NULL,NULL);
INSERT INTO "intents" VALUES('e322690be578f6ebec1d0650d8c819da-1','e322690be578f6ebec1d0650d8c819da',1,'{"aspect_ratio": "16:9", "camera": "pan left", "mode": "text", "model": "gen4.5", "prompt": "said in full", "resolution": "720p", "seconds": 2.0, "seed": 3, "style": "oil", "version": 1}','a film','5f88d9782940',0,1.7952588630474803447e+09,NULL,NULL,1.7952588630474803447e+09,NULL,NULL);
INSERT INTO "intents" VALUES('14d15aaec3f10e006727246b8e258ba6-2','14d15aaec3f10e006727246b8e258ba6',2,'{"aspect_ratio": "16:9", "mode": "text", "model": "gen4.5", "prompt": "a second take", "resolution": "720p", "seconds": 2.0, "seed": 3, "version": 1}','a film','5f88d9782940',0,1.79525886304769945146e+09,NULL,NULL,1.79525886304769945146e+09,NULL,NULL);
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
INSERT INTO "takes" VALUES('cffc9890557e932fda192209de63eeda-1','eba3f92b32184cd48cf3c918e5cc9db1','cffc9890557e932fda192209de63eeda-1.mp4','c5105e1a7c804b96c2c6a6b5909245fbb3fcf9bc40fe6e973415fa8288d1b2f3',14351,3.0,640,360,24.0,1,'{"losses": [], "notes": []}',1.79525886343683934213e+09);
INSERT INTO "takes" VALUES('e322690be578f6ebec1d0650d8c819da-1','e0d607c8e2cd4a3a92b16f74ff60843b','e322690be578f6ebec1d0650d8c819da-1.mp4','d756f6a9df8f0a20e818f9355de1a41fe7d8171ac126448081f3ceecc2e812c1',8317,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.79525886349198484422e+09);
INSERT INTO "takes" VALUES('14d15aaec3f10e006727246b8e258ba6-2','45f96496ea5f44ac9773caeccaf6c412','14d15aaec3f10e006727246b8e258ba6-2.mp4','1d3b6877f5fbbe1c95277423d12bc6ad6559ab171c14292016e4b11f311f060f',8325,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.79525886353799057001e+09);
INSERT INTO "takes" VALUES('cbe730834fdd55d5c8233173b759d383-1','983966149e8b4f77829c7d1b4c85a9a0','cbe730834fdd55d5c8233173b759d383-1.mp4','72101d76f0372206002989e525ef9c5cc5eb6d4c03780b4b9b4e5b0aa7dc3c5e',26752,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79525887353852391242e+09);
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
