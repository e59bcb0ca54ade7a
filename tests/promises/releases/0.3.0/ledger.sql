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
INSERT INTO "attempts" VALUES('8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:43259/vertex','stored','running',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/54576675-3989-4e7e-81e9-dcae166c535a',400000,0,400000,'','','a film','714e522f2cce','process 738 on vm',1.79526955762388491623e+09,1.79526955782918572427e+09,1.79526956788390445714e+09,1.79526956792732763287e+09);
INSERT INTO "attempts" VALUES('c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1',1,'google','gemini-omni-1.2','http://127.0.0.1:43259/google','stored','running',NULL,'v1_qHKLwt6RIwmEno-REp9ikLGzIWRTh4Sa',69516,0,69516,'','','a film','714e522f2cce','process 738 on vm',1.79526955763232350356e+09,1.79526955771765375138e+09,1.79526956277376508711e+09,1.79526956287102746959e+09);
INSERT INTO "attempts" VALUES('9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1',1,'runway','gen4.5','http://127.0.0.1:43259/runway','stored','',NULL,'c30095c7-2dd9-436b-99e2-cce4465eddcb',240000,0,240000,'','','a film','714e522f2cce','process 738 on vm',1.79526955763582515713e+09,1.79526955772859168058e+09,1.7952695577663421631e+09,1.7952695579206702709e+09);
INSERT INTO "attempts" VALUES('a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1',1,'google','gemini-2.5-flash-image','http://127.0.0.1:43259/google','stored','',NULL,'v1_V-aJuaucuRqx4mV4beoUq9z6Mv2EY4Ci',38700,0,38700,'','','a film','714e522f2cce','process 738 on vm',1.79526955764161849022e+09,1.79526955772544670108e+09,1.79526955783587646481e+09,1.79526955788244414334e+09);
INSERT INTO "attempts" VALUES('ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2',1,'runway','gen4.5','http://127.0.0.1:43259/runway','stored','running',0.601,'c01a24e7-f526-44d1-a738-ebc5d1efbd2d',240000,0,240000,'','','a film','714e522f2cce','process 738 on vm',1.79526955764813947674e+09,1.79526955770806813245e+09,1.79526956276902723312e+09,1.79526956289800453192e+09);
INSERT INTO "attempts" VALUES('c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1',1,'kling','kling-3.0','http://127.0.0.1:43259/kling','stored','running',NULL,'339976944375520237',1890000,0,1890000,'','','a film','714e522f2cce','process 738 on vm',1.7952695576523005962e+09,1.79526955772029495235e+09,1.79526956277561402317e+09,1.79526956299387693404e+09);
INSERT INTO "attempts" VALUES('70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:43259/vertex','stored','',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/475d88d9-de91-4e7c-baef-54b698f8a1e1',400000,0,400000,'','','a film','714e522f2cce','process 738 on vm',1795269557.88947,1.79526955789880013469e+09,1.79526955797376227379e+09,1.7952695580159637928e+09);
INSERT INTO "attempts" VALUES('e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1',1,'vertex','gemini-2.5-flash-image','http://127.0.0.1:43259/vertex','stored','',NULL,'answered/wIKMBkfqTjSW9A458mjfdQ',38700,0,38700,'','','a film','714e522f2cce','process 738 on vm',1.79526955811003494263e+09,1.79526955816376423838e+09,1.79526955816812086108e+09,1.79526955818015265461e+09);
INSERT INTO "attempts" VALUES('4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:43259/vertex','stored','running',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/f7911e4e-d5ca-4b4c-9a6d-5a9cd3b4e83e',400000,0,400000,'','','a film','714e522f2cce','process 738 on vm',1.79526955819881319995e+09,1.79526955823201704023e+09,1.79526956832876515395e+09,1.79526956835815477368e+09);
INSERT INTO "attempts" VALUES('9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1',1,'kling','kling-3.0','http://127.0.0.1:43259/kling','stored','running',NULL,'278488008493885616',630000,0,630000,'','','a film','714e522f2cce','process 738 on vm',1.79526956307344031336e+09,1.79526956311514210695e+09,1.79526956812071490287e+09,1.79526956820651745791e+09);
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
INSERT INTO "charges" VALUES(1,'9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1',1.7952695577663421631e+09,240000,'done');
INSERT INTO "charges" VALUES(2,'a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1',1.79526955788244414334e+09,38700,'stored');
INSERT INTO "charges" VALUES(3,'70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1',1.7952695580159637928e+09,400000,'stored');
INSERT INTO "charges" VALUES(4,'e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1',1.79526955818015265461e+09,38700,'stored');
INSERT INTO "charges" VALUES(5,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2',1.79526956276902723312e+09,240000,'done');
INSERT INTO "charges" VALUES(6,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1',1.79526956277376508711e+09,69516,'done');
INSERT INTO "charges" VALUES(7,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1',1.79526956277561402317e+09,1890000,'done');
INSERT INTO "charges" VALUES(8,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1',1.79526956792732763287e+09,400000,'stored');
INSERT INTO "charges" VALUES(9,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1',1.79526956812071490287e+09,630000,'done');
INSERT INTO "charges" VALUES(10,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1',1.79526956835815477368e+09,400000,'stored');
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
INSERT INTO "history" VALUES(1,1.79526955762388491623e+09,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1','vertex','714e522f2cce','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(2,1.79526955763232350356e+09,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1','google','714e522f2cce','begin','','sending','',69516,69516,0);
INSERT INTO "history" VALUES(3,1.79526955763582515713e+09,'9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1','runway','714e522f2cce','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(4,1.79526955764161849022e+09,'a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1','google','714e522f2cce','begin','','sending','',38700,38700,0);
INSERT INTO "history" VALUES(5,1.79526955764813947674e+09,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2','runway','714e522f2cce','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(6,1.7952695576523005962e+09,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1','kling','714e522f2cce','begin','','sending','',1890000,1890000,0);
INSERT INTO "history" VALUES(7,1.79526955770806813245e+09,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2','runway','714e522f2cce','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(8,1.79526955771765375138e+09,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1','google','714e522f2cce','accepted','sending','running','',0,69516,0);
INSERT INTO "history" VALUES(9,1.79526955772029495235e+09,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1','kling','714e522f2cce','accepted','sending','running','',0,1890000,0);
INSERT INTO "history" VALUES(10,1.79526955772544670108e+09,'a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1','google','714e522f2cce','accepted','sending','running','',0,38700,0);
INSERT INTO "history" VALUES(11,1.79526955772859168058e+09,'9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1','runway','714e522f2cce','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(12,1.79526955773024868962e+09,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2','runway','714e522f2cce','running','running','running','',0,240000,0);
INSERT INTO "history" VALUES(13,1.7952695577640583515e+09,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1','google','714e522f2cce','running','running','running','',0,69516,0);
INSERT INTO "history" VALUES(14,1.79526955776515650745e+09,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1','kling','714e522f2cce','running','running','running','',0,1890000,0);
INSERT INTO "history" VALUES(15,1.7952695577663421631e+09,'9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1','runway','714e522f2cce','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(16,1.79526955782918572427e+09,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1','vertex','714e522f2cce','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(17,1.7952695578331186771e+09,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1','vertex','714e522f2cce','running','running','running','',0,400000,0);
INSERT INTO "history" VALUES(18,1.79526955783587646481e+09,'a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1','google','714e522f2cce','done','running','done','',0,38700,0);
INSERT INTO "history" VALUES(19,1.79526955788244414334e+09,'a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1','google','714e522f2cce','stored','done','stored','',38700,0,38700);
INSERT INTO "history" VALUES(20,1795269557.88947,'70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1','vertex','714e522f2cce','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(21,1.79526955789880013469e+09,'70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1','vertex','714e522f2cce','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(22,1.7952695579206702709e+09,'9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1','runway','714e522f2cce','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(23,1.79526955797376227379e+09,'70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1','vertex','714e522f2cce','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(24,1.7952695580159637928e+09,'70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1','vertex','714e522f2cce','stored','done','stored','',400000,0,400000);
INSERT INTO "history" VALUES(25,1.79526955811003494263e+09,'e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1','vertex','714e522f2cce','begin','','sending','',38700,38700,0);
INSERT INTO "history" VALUES(26,1.79526955816376423838e+09,'e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1','vertex','714e522f2cce','accepted','sending','running','',0,38700,0);
INSERT INTO "history" VALUES(27,1.79526955816812086108e+09,'e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1','vertex','714e522f2cce','done','running','done','',0,38700,0);
INSERT INTO "history" VALUES(28,1.79526955818015265461e+09,'e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1','vertex','714e522f2cce','stored','done','stored','',38700,0,38700);
INSERT INTO "history" VALUES(29,1.79526955819881319995e+09,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1','vertex','714e522f2cce','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(30,1.79526955823201704023e+09,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1','vertex','714e522f2cce','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(31,1.795269558238270998e+09,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1','vertex','714e522f2cce','running','running','running','',0,400000,0);
INSERT INTO "history" VALUES(32,1.79526956276902723312e+09,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2','runway','714e522f2cce','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(33,1.79526956277376508711e+09,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1','google','714e522f2cce','done','running','done','',69516,0,69516);
INSERT INTO "history" VALUES(34,1.79526956277561402317e+09,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1','kling','714e522f2cce','done','running','done','',1890000,0,1890000);
INSERT INTO "history" VALUES(35,1.79526956287102746959e+09,'c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1','google','714e522f2cce','stored','done','stored','',0,0,69516);
INSERT INTO "history" VALUES(36,1.79526956289800453192e+09,'ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2','runway','714e522f2cce','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(37,1.79526956299387693404e+09,'c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1','kling','714e522f2cce','stored','done','stored','',0,0,1890000);
INSERT INTO "history" VALUES(38,1.79526956307344031336e+09,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1','kling','714e522f2cce','begin','','sending','',630000,630000,0);
INSERT INTO "history" VALUES(39,1.79526956311514210695e+09,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1','kling','714e522f2cce','accepted','sending','running','',0,630000,0);
INSERT INTO "history" VALUES(40,1.79526956311786675454e+09,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1','kling','714e522f2cce','running','running','running','',0,630000,0);
INSERT INTO "history" VALUES(41,1.79526956788390445714e+09,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1','vertex','714e522f2cce','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(42,1.79526956792732763287e+09,'8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1','vertex','714e522f2cce','stored','done','stored','',400000,0,400000);
INSERT INTO "history" VALUES(43,1.79526956812071490287e+09,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1','kling','714e522f2cce','done','running','done','',630000,0,630000);
INSERT INTO "history" VALUES(44,1.79526956820651745791e+09,'9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1','kling','714e522f2cce','stored','done','stored','',0,0,630000);
INSERT INTO "history" VALUES(45,1.79526956832876515395e+09,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1','vertex','714e522f2cce','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(46,1.79526956835815477368e+09,'4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1','vertex','714e522f2cce','stored','done','stored','',400000,0,400000);
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
INSERT INTO "intents" VALUES('cbe730834fdd55d5c8233173b759d383-1','cbe730834fdd55d5c8233173b759d383',1,'{"aspect_ratio": "16:9", "mode": "text", "model": "veo-3.1-fast", "prompt": "words alone", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955761924600601e+09,NULL,NULL,1.79526955761924600601e+09,NULL,NULL);
INSERT INTO "intents" VALUES('cffc9890557e932fda192209de63eeda-1','cffc9890557e932fda192209de63eeda',1,'{"aspect_ratio": "16:9", "audio": false, "mode": "text", "model": "gemini-omni-1.2", "prompt": "silent", "resolution": "360p", "seconds": 3.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955762038350106e+09,NULL,NULL,1.79526955762038350106e+09,NULL,NULL);
INSERT INTO "intents" VALUES('e322690be578f6ebec1d0650d8c819da-1','e322690be578f6ebec1d0650d8c819da',1,'{"aspect_ratio": "16:9", "camera": "pan left", "mode": "text", "model": "gen4.5", "prompt": "said in full", "resolution": "720p", "seconds": 2.0, "seed": 3, "style": "oil", "version": 1}','a film','714e522f2cce',0,1.79526955762817716595e+09,NULL,NULL,1.79526955762817716595e+09,NULL,NULL);
INSERT INTO "intents" VALUES('14d15aaec3f10e006727246b8e258ba6-2','14d15aaec3f10e006727246b8e258ba6',2,'{"aspect_ratio": "16:9", "mode": "text", "model": "gen4.5", "prompt": "a second take", "resolution": "720p", "seconds": 2.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955763176965718e+09,NULL,NULL,1.79526955763176965718e+09,NULL,NULL);
INSERT INTO "intents" VALUES('725553d4485f528c330a1a186980b996-1','725553d4485f528c330a1a186980b996',1,'{"aspect_ratio": "16:9", "mode": "picture", "model": "gemini-2.5-flash-image", "prompt": "A cat on a box", "resolution": "1k", "seconds": 1.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955763198637966e+09,NULL,NULL,1.79526955763198637966e+09,NULL,NULL);
INSERT INTO "intents" VALUES('ae135a7c117f1ec496b77f8e7f477561-1','ae135a7c117f1ec496b77f8e7f477561',1,'{"aspect_ratio": "16:9", "mode": "text", "model": "kling-3.0", "prompt": "in parts", "resolution": "720p", "seconds": 15.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955763282036783e+09,NULL,NULL,1.79526955763282036783e+09,NULL,NULL);
INSERT INTO "intents" VALUES('7c6beee88a7f36ae4297059239b99b00-1','7c6beee88a7f36ae4297059239b99b00',1,'{"aspect_ratio": "16:9", "image": "6fc13a6723d2a03b9342d7db03fef46e613bfbe91360df2fcb8ec5a543a9888a", "mode": "image", "model": "veo-3.1-fast", "prompt": "from a drawn frame", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955788844799991e+09,NULL,NULL,1.79526955788844799991e+09,NULL,NULL);
INSERT INTO "intents" VALUES('d6c68fad0bbda94c756f58ee6e0512a0-1','d6c68fad0bbda94c756f58ee6e0512a0',1,'{"aspect_ratio": "16:9", "mode": "picture", "model": "gemini-2.5-flash-image", "prompt": "The cat in the box\nThe last picture shows the place and the light a moment before: keep them.", "references": ["0be2b1e5b8d6a82c0f7bc9773dd096bf6564f080360ebfc8bbb621359567ccec"], "resolution": "1k", "seconds": 1.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.7952695581090352535e+09,NULL,NULL,1.7952695581090352535e+09,NULL,NULL);
INSERT INTO "intents" VALUES('adfdf572b1f6d1c2e03ef4f3fac8495c-1','adfdf572b1f6d1c2e03ef4f3fac8495c',1,'{"aspect_ratio": "16:9", "image": "0be2b1e5b8d6a82c0f7bc9773dd096bf6564f080360ebfc8bbb621359567ccec", "last_frame": "4505fae162c0c3be3da3f902dc536415d917b62225da6e5de1bed55b1a42df65", "mode": "frames", "model": "veo-3.1-fast", "prompt": "on from there to another", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526955819779849045e+09,NULL,NULL,1.79526955819779849045e+09,NULL,NULL);
INSERT INTO "intents" VALUES('42afd6d68bd7784c801c17cc88bfcd76-1','42afd6d68bd7784c801c17cc88bfcd76',1,'{"aspect_ratio": "16:9", "image": "49924930a5376d84f5759ba8d5b211c03c0943d170506a78855e8d8fa1e9e852", "mode": "image", "model": "kling-3.0", "prompt": "in parts", "resolution": "720p", "seconds": 5.0, "seed": 3, "version": 1}','a film','714e522f2cce',0,1.79526956307093095779e+09,NULL,NULL,1.79526956307093095779e+09,NULL,NULL);
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
INSERT INTO "takes" VALUES('725553d4485f528c330a1a186980b996-1','a6e26f2f265d44058ea8c3689b1d2e71','725553d4485f528c330a1a186980b996-1.png','6fc13a6723d2a03b9342d7db03fef46e613bfbe91360df2fcb8ec5a543a9888a',724,0.0,1344,768,0.0,0,'{"losses": [], "notes": []}',1.79526955788244414334e+09);
INSERT INTO "takes" VALUES('e322690be578f6ebec1d0650d8c819da-1','9117d05528d148ca897b2cda8c517d82','e322690be578f6ebec1d0650d8c819da-1.mp4','7a4f8cb6c8e12edf44be8c6c45c8903d1f7b42ec779785be3b990592149a8097',8317,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.7952695579206702709e+09);
INSERT INTO "takes" VALUES('7c6beee88a7f36ae4297059239b99b00-1','70627cc4f64a443fa881059b2a247c8e','7c6beee88a7f36ae4297059239b99b00-1.mp4','13782c88db8469f1648673fa406dcfefccd6c1e2977b0125251d7d5df0a5d922',26744,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.7952695580159637928e+09);
INSERT INTO "takes" VALUES('d6c68fad0bbda94c756f58ee6e0512a0-1','e916be700a3844febdbb3ed73d5c1b47','d6c68fad0bbda94c756f58ee6e0512a0-1.png','4505fae162c0c3be3da3f902dc536415d917b62225da6e5de1bed55b1a42df65',724,0.0,1344,768,0.0,0,'{"losses": [], "notes": []}',1.79526955818015265461e+09);
INSERT INTO "takes" VALUES('cffc9890557e932fda192209de63eeda-1','c85c189ba76a4147968acf6f206503fc','cffc9890557e932fda192209de63eeda-1.mp4','5ef111de01f967c1874a7df68d89c0a36ae0cfa74dcdc68cd03fdc8f47e1933a',14351,3.0,640,360,24.0,1,'{"losses": [], "notes": []}',1.79526956287102746959e+09);
INSERT INTO "takes" VALUES('14d15aaec3f10e006727246b8e258ba6-2','ab47522e855c422eaa1f41c42b32b333','14d15aaec3f10e006727246b8e258ba6-2.mp4','4fa87298f78631e56038db75734ca3134d4a0bf248e35c37345c751e761a8e79',8325,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.79526956289800453192e+09);
INSERT INTO "takes" VALUES('ae135a7c117f1ec496b77f8e7f477561-1','c78ab63d0bbd4e8082ecb59a12980093','ae135a7c117f1ec496b77f8e7f477561-1.mp4','2ef12deed6d4a1a2a5a6546087215c8a08d065cc2328403f2866d2d39820df61',94618,15.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79526956299387693404e+09);
INSERT INTO "takes" VALUES('cbe730834fdd55d5c8233173b759d383-1','8e84da5d1ae14bf8b58ea8879a2e5fcf','cbe730834fdd55d5c8233173b759d383-1.mp4','59eecf4e275d0d3a06208be49da414a54cdcaf73f1f9adfb954a413d635aaa87',26752,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79526956792732763287e+09);
INSERT INTO "takes" VALUES('42afd6d68bd7784c801c17cc88bfcd76-1','9123d3a61b0a4aff9546cf1ef71b37c5','42afd6d68bd7784c801c17cc88bfcd76-1.mp4','84d31921043b1ae5d765588eea7bdb5cba3c47cf9f1d9871bf9ba1013aa66397',33020,5.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79526956820651745791e+09);
INSERT INTO "takes" VALUES('adfdf572b1f6d1c2e03ef4f3fac8495c-1','4a34bb46890c4f80a0cb05b7182e945a','adfdf572b1f6d1c2e03ef4f3fac8495c-1.mp4','1912902b2ffdcd8c28c6ec17646ae577a09ce8cae21c45ee036b759b439f3b2e',26748,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79526956835815477368e+09);
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
