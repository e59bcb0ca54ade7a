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
INSERT INTO "attempts" VALUES('d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1',1,'kling','kling-3.0','http://127.0.0.1:33587/kling','stored','',NULL,'362619955258476905',1890000,0,1890000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088676309347153e+09,1.79528088690982508658e+09,1.79528088696104502677e+09,1.79528088758547329896e+09);
INSERT INTO "attempts" VALUES('e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1',1,'google','gemini-omni-1.2','http://127.0.0.1:33587/google','stored','',NULL,'v1_WteE_1iJXiooe4a8xPzsINZZs5oLaz_U',69516,0,69516,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088677068758003e+09,1.79528088689009714127e+09,1.79528088694082474711e+09,1.79528088725923514368e+09);
INSERT INTO "attempts" VALUES('d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2',1,'runway','gen4.5','http://127.0.0.1:33587/runway','stored','',NULL,'fe133398-48f7-4454-b0d9-6b8fd1d8efb3',240000,0,240000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088677322292332e+09,1.79528088689600229263e+09,1.79528088695163631433e+09,1.79528088725577044488e+09);
INSERT INTO "attempts" VALUES('ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:33587/vertex','stored','',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/29cbec82-fadb-4c3a-88ca-3187f332b67f',400000,0,400000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088678048229221e+09,1.79528088712691164018e+09,1.79528088734168791767e+09,1.79528088746188282964e+09);
INSERT INTO "attempts" VALUES('8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1',1,'runway','gen4.5','http://127.0.0.1:33587/runway','stored','running',0.899,'0677e7f8-7e0f-4ec8-9748-208811a2991f',240000,0,240000,'','','a film','da42dc43ed81','process 15667 on vm',1.7952808867903501987e+09,1.79528088687776565552e+09,1.79528089194109201432e+09,1.79528089202621674537e+09);
INSERT INTO "attempts" VALUES('6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1',1,'google','gemini-2.5-flash-image','http://127.0.0.1:33587/google','stored','',NULL,'v1_SzEUPqWBxbujlpNNkwFIzeK3PNu5CMGY',38700,0,38700,'','','a film','da42dc43ed81','process 15667 on vm',1.7952808867949535846e+09,1.79528088690013313297e+09,1.79528088696578717233e+09,1795280887.15623);
INSERT INTO "attempts" VALUES('b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:33587/vertex','stored','',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/b12c99a6-20e5-4127-8b53-66b02270e651',400000,0,400000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088717809915543e+09,1.795280887221423626e+09,1.79528088745772790909e+09,1.79528088755332612992e+09);
INSERT INTO "attempts" VALUES('2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1',1,'vertex','gemini-2.5-flash-image','http://127.0.0.1:33587/vertex','stored','',NULL,'answered/UWUzyQWvSwGIxAnXyoo57g',38700,0,38700,'','','a film','da42dc43ed81','process 15667 on vm',1.7952808876318240165e+09,1.79528088769503164296e+09,1.79528088769689249991e+09,1.79528088770839786532e+09);
INSERT INTO "attempts" VALUES('0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1',1,'kling','kling-3.0','http://127.0.0.1:33587/kling','stored','running',NULL,'204160471724352261',630000,0,630000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088771042680735e+09,1.79528088775006127355e+09,1.7952808927601690293e+09,1.7952808928473627568e+09);
INSERT INTO "attempts" VALUES('aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1',1,'vertex','veo-3.1-fast','http://127.0.0.1:33587/vertex','stored','running',NULL,'projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/83b5a241-fe5b-4a91-8626-61bc9063914a',400000,0,400000,'','','a film','da42dc43ed81','process 15667 on vm',1.79528088772168612483e+09,1.79528088775861954687e+09,1.79528089782752299312e+09,1.79528089785613775256e+09);
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
INSERT INTO "charges" VALUES(1,'e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1',1.79528088694082474711e+09,69516,'done');
INSERT INTO "charges" VALUES(2,'d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2',1.79528088695163631433e+09,240000,'done');
INSERT INTO "charges" VALUES(3,'d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1',1.79528088696104502677e+09,1890000,'done');
INSERT INTO "charges" VALUES(4,'6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1',1795280887.15623,38700,'stored');
INSERT INTO "charges" VALUES(5,'ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1',1.79528088746188282964e+09,400000,'stored');
INSERT INTO "charges" VALUES(6,'b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1',1.79528088755332612992e+09,400000,'stored');
INSERT INTO "charges" VALUES(7,'2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1',1.79528088770839786532e+09,38700,'stored');
INSERT INTO "charges" VALUES(8,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1',1.79528089194109201432e+09,240000,'done');
INSERT INTO "charges" VALUES(9,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1',1.7952808927601690293e+09,630000,'done');
INSERT INTO "charges" VALUES(10,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1',1.79528089785613775256e+09,400000,'stored');
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
INSERT INTO "history" VALUES(1,1.79528088676309347153e+09,'d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1','kling','da42dc43ed81','begin','','sending','',1890000,1890000,0);
INSERT INTO "history" VALUES(2,1.79528088677068758003e+09,'e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1','google','da42dc43ed81','begin','','sending','',69516,69516,0);
INSERT INTO "history" VALUES(3,1.79528088677322292332e+09,'d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2','runway','da42dc43ed81','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(4,1.79528088678048229221e+09,'ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1','vertex','da42dc43ed81','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(5,1.7952808867903501987e+09,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1','runway','da42dc43ed81','begin','','sending','',240000,240000,0);
INSERT INTO "history" VALUES(6,1.7952808867949535846e+09,'6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1','google','da42dc43ed81','begin','','sending','',38700,38700,0);
INSERT INTO "history" VALUES(7,1.79528088687776565552e+09,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1','runway','da42dc43ed81','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(8,1.79528088689009714127e+09,'e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1','google','da42dc43ed81','accepted','sending','running','',0,69516,0);
INSERT INTO "history" VALUES(9,1.79528088689600229263e+09,'d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2','runway','da42dc43ed81','accepted','sending','running','',0,240000,0);
INSERT INTO "history" VALUES(10,1.79528088690013313297e+09,'6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1','google','da42dc43ed81','accepted','sending','running','',0,38700,0);
INSERT INTO "history" VALUES(11,1.79528088690982508658e+09,'d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1','kling','da42dc43ed81','accepted','sending','running','',0,1890000,0);
INSERT INTO "history" VALUES(12,1.79528088692892098428e+09,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1','runway','da42dc43ed81','running','running','running','',0,240000,0);
INSERT INTO "history" VALUES(13,1.79528088694082474711e+09,'e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1','google','da42dc43ed81','done','running','done','',69516,0,69516);
INSERT INTO "history" VALUES(14,1.79528088695163631433e+09,'d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2','runway','da42dc43ed81','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(15,1.79528088696104502677e+09,'d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1','kling','da42dc43ed81','done','running','done','',1890000,0,1890000);
INSERT INTO "history" VALUES(16,1.79528088696578717233e+09,'6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1','google','da42dc43ed81','done','running','done','',0,38700,0);
INSERT INTO "history" VALUES(17,1.79528088712691164018e+09,'ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1','vertex','da42dc43ed81','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(18,1795280887.15623,'6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1','google','da42dc43ed81','stored','done','stored','',38700,0,38700);
INSERT INTO "history" VALUES(19,1.79528088717809915543e+09,'b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1','vertex','da42dc43ed81','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(20,1.795280887221423626e+09,'b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1','vertex','da42dc43ed81','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(21,1.79528088725577044488e+09,'d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2','runway','da42dc43ed81','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(22,1.79528088725923514368e+09,'e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1','google','da42dc43ed81','stored','done','stored','',0,0,69516);
INSERT INTO "history" VALUES(23,1.79528088734168791767e+09,'ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1','vertex','da42dc43ed81','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(24,1.79528088745772790909e+09,'b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1','vertex','da42dc43ed81','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(25,1.79528088746188282964e+09,'ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1','vertex','da42dc43ed81','stored','done','stored','',400000,0,400000);
INSERT INTO "history" VALUES(26,1.79528088755332612992e+09,'b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1','vertex','da42dc43ed81','stored','done','stored','',400000,0,400000);
INSERT INTO "history" VALUES(27,1.79528088758547329896e+09,'d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1','kling','da42dc43ed81','stored','done','stored','',0,0,1890000);
INSERT INTO "history" VALUES(28,1.7952808876318240165e+09,'2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1','vertex','da42dc43ed81','begin','','sending','',38700,38700,0);
INSERT INTO "history" VALUES(29,1.79528088769503164296e+09,'2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1','vertex','da42dc43ed81','accepted','sending','running','',0,38700,0);
INSERT INTO "history" VALUES(30,1.79528088769689249991e+09,'2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1','vertex','da42dc43ed81','done','running','done','',0,38700,0);
INSERT INTO "history" VALUES(31,1.79528088770839786532e+09,'2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1','vertex','da42dc43ed81','stored','done','stored','',38700,0,38700);
INSERT INTO "history" VALUES(32,1.79528088771042680735e+09,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1','kling','da42dc43ed81','begin','','sending','',630000,630000,0);
INSERT INTO "history" VALUES(33,1.79528088772168612483e+09,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1','vertex','da42dc43ed81','begin','','sending','',400000,400000,0);
INSERT INTO "history" VALUES(34,1.79528088775006127355e+09,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1','kling','da42dc43ed81','accepted','sending','running','',0,630000,0);
INSERT INTO "history" VALUES(35,1.79528088775554704658e+09,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1','kling','da42dc43ed81','running','running','running','',0,630000,0);
INSERT INTO "history" VALUES(36,1.79528088775861954687e+09,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1','vertex','da42dc43ed81','accepted','sending','running','',0,400000,0);
INSERT INTO "history" VALUES(37,1.79528088776257967944e+09,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1','vertex','da42dc43ed81','running','running','running','',0,400000,0);
INSERT INTO "history" VALUES(38,1.79528089194109201432e+09,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1','runway','da42dc43ed81','done','running','done','',240000,0,240000);
INSERT INTO "history" VALUES(39,1.79528089202621674537e+09,'8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1','runway','da42dc43ed81','stored','done','stored','',0,0,240000);
INSERT INTO "history" VALUES(40,1.7952808927601690293e+09,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1','kling','da42dc43ed81','done','running','done','',630000,0,630000);
INSERT INTO "history" VALUES(41,1.7952808928473627568e+09,'0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1','kling','da42dc43ed81','stored','done','stored','',0,0,630000);
INSERT INTO "history" VALUES(42,1.79528089782752299312e+09,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1','vertex','da42dc43ed81','done','running','done','',0,400000,0);
INSERT INTO "history" VALUES(43,1.79528089785613775256e+09,'aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1','vertex','da42dc43ed81','stored','done','stored','',400000,0,400000);
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
INSERT INTO "intents" VALUES('e322690be578f6ebec1d0650d8c819da-1','e322690be578f6ebec1d0650d8c819da',1,'{"aspect_ratio": "16:9", "camera": "pan left", "mode": "text", "model": "gen4.5", "prompt": "said in full", "resolution": "720p", "seconds": 2.0, "seed": 3, "style": "oil", "version": 1}','a film','da42dc43ed81',0,1.7952808867490198612e+09,NULL,NULL,1.7952808867490198612e+09,NULL,NULL);
INSERT INTO "intents" VALUES('14d15aaec3f10e006727246b8e258ba6-2','14d15aaec3f10e006727246b8e258ba6',2,'{"aspect_ratio": "16:9", "mode": "text", "model": "gen4.5", "prompt": "a second take", "resolution": "720p", "seconds": 2.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088675220370297e+09,NULL,NULL,1.79528088675220370297e+09,NULL,NULL);
INSERT INTO "intents" VALUES('cffc9890557e932fda192209de63eeda-1','cffc9890557e932fda192209de63eeda',1,'{"aspect_ratio": "16:9", "audio": false, "mode": "text", "model": "gemini-omni-1.2", "prompt": "silent", "resolution": "360p", "seconds": 3.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088675336408618e+09,NULL,NULL,1.79528088675336408618e+09,NULL,NULL);
INSERT INTO "intents" VALUES('cbe730834fdd55d5c8233173b759d383-1','cbe730834fdd55d5c8233173b759d383',1,'{"aspect_ratio": "16:9", "mode": "text", "model": "veo-3.1-fast", "prompt": "words alone", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.7952808867538337708e+09,NULL,NULL,1.7952808867538337708e+09,NULL,NULL);
INSERT INTO "intents" VALUES('725553d4485f528c330a1a186980b996-1','725553d4485f528c330a1a186980b996',1,'{"aspect_ratio": "16:9", "mode": "picture", "model": "gemini-2.5-flash-image", "prompt": "A cat on a box", "resolution": "1k", "seconds": 1.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088675391197205e+09,NULL,NULL,1.79528088675391197205e+09,NULL,NULL);
INSERT INTO "intents" VALUES('ae135a7c117f1ec496b77f8e7f477561-1','ae135a7c117f1ec496b77f8e7f477561',1,'{"aspect_ratio": "16:9", "mode": "text", "model": "kling-3.0", "prompt": "in parts", "resolution": "720p", "seconds": 15.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088675511908532e+09,NULL,NULL,1.79528088675511908532e+09,NULL,NULL);
INSERT INTO "intents" VALUES('8e7b716475d317f9dea6041df1e2ae00-1','8e7b716475d317f9dea6041df1e2ae00',1,'{"aspect_ratio": "16:9", "image": "f1e36a314cdc4c237bb4ba0bbf4b166127f1a6c650f04a8f0a48bd5b4e8e034b", "mode": "image", "model": "veo-3.1-fast", "prompt": "from a drawn frame", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088717177367215e+09,NULL,NULL,1.79528088717177367215e+09,NULL,NULL);
INSERT INTO "intents" VALUES('d094e5df3d19efd777a2f3eb8099989a-1','d094e5df3d19efd777a2f3eb8099989a',1,'{"aspect_ratio": "16:9", "mode": "picture", "model": "gemini-2.5-flash-image", "prompt": "The cat in the box\nThe last picture shows the place and the light a moment before: keep them.", "references": ["6423d65e24943ed311ff9f1dc7157c85e1ea00dd782deef4ab2aa4df6e0ff077"], "resolution": "1k", "seconds": 1.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088762904095652e+09,NULL,NULL,1.79528088762904095652e+09,NULL,NULL);
INSERT INTO "intents" VALUES('ef639a64829705f46a07a7721027f68d-1','ef639a64829705f46a07a7721027f68d',1,'{"aspect_ratio": "16:9", "image": "76a160fec83256140e8c806c8881f62980dd937523da01141104c76147d4d9ce", "mode": "image", "model": "kling-3.0", "prompt": "in parts", "resolution": "720p", "seconds": 5.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.79528088770596694944e+09,NULL,NULL,1.79528088770596694944e+09,NULL,NULL);
INSERT INTO "intents" VALUES('105cdbd711cab71fb2d338e795b19c33-1','105cdbd711cab71fb2d338e795b19c33',1,'{"aspect_ratio": "16:9", "image": "6423d65e24943ed311ff9f1dc7157c85e1ea00dd782deef4ab2aa4df6e0ff077", "last_frame": "777a04520bdad87d781b08f939ba0e8f3f82397a8518d178f9989a2ec361ea0c", "mode": "frames", "model": "veo-3.1-fast", "prompt": "on from there to another", "resolution": "720p", "seconds": 4.0, "seed": 3, "version": 1}','a film','da42dc43ed81',0,1.7952808877197945118e+09,NULL,NULL,1.7952808877197945118e+09,NULL,NULL);
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
INSERT INTO "takes" VALUES('725553d4485f528c330a1a186980b996-1','6d50700e12af4be3ac74e0994345509b','725553d4485f528c330a1a186980b996-1.png','f1e36a314cdc4c237bb4ba0bbf4b166127f1a6c650f04a8f0a48bd5b4e8e034b',724,0.0,1344,768,0.0,0,'{"losses": [], "notes": []}',1795280887.15623);
INSERT INTO "takes" VALUES('14d15aaec3f10e006727246b8e258ba6-2','d428e572f28f4d81a57bacb04d4ca4c7','14d15aaec3f10e006727246b8e258ba6-2.mp4','5efd42269c9da7572ea70e2fbe49535bd2552bffdef8e01b51965ad1794da199',8325,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.79528088725577044488e+09);
INSERT INTO "takes" VALUES('cffc9890557e932fda192209de63eeda-1','e793321937694abda5f8e168f12b690a','cffc9890557e932fda192209de63eeda-1.mp4','bfff5c84b1580e1f4628eeff48d66eeb92c59c48a958d99095204a4ea7ee7f12',14351,3.0,640,360,24.0,1,'{"losses": [], "notes": []}',1.79528088725923514368e+09);
INSERT INTO "takes" VALUES('cbe730834fdd55d5c8233173b759d383-1','ae5945f7f6444fc58cdbace7f73425f0','cbe730834fdd55d5c8233173b759d383-1.mp4','a0d03f6675eef44e8f3ca6048911b6fa2993bb19bfd85d3d8604177f05c97593',26752,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79528088746188282964e+09);
INSERT INTO "takes" VALUES('8e7b716475d317f9dea6041df1e2ae00-1','b120460a74ed4f6a9c78276d4e9f5205','8e7b716475d317f9dea6041df1e2ae00-1.mp4','66a3645e6af7be40b66dc2d31d0f9a587a63e28699edf3ebc5bb56ded8059e43',26744,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79528088755332612992e+09);
INSERT INTO "takes" VALUES('ae135a7c117f1ec496b77f8e7f477561-1','d831af5c07864d9ab5894e16b2ab3f48','ae135a7c117f1ec496b77f8e7f477561-1.mp4','b16f74fa7e32bc325a0e68cb26fa7457f101add107293455627fb99c6ed7fdad',94618,15.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79528088758547329896e+09);
INSERT INTO "takes" VALUES('d094e5df3d19efd777a2f3eb8099989a-1','2edefd495abc45f98c6cda9721c7a1c1','d094e5df3d19efd777a2f3eb8099989a-1.png','777a04520bdad87d781b08f939ba0e8f3f82397a8518d178f9989a2ec361ea0c',724,0.0,1344,768,0.0,0,'{"losses": [], "notes": []}',1.79528088770839786532e+09);
INSERT INTO "takes" VALUES('e322690be578f6ebec1d0650d8c819da-1','8e6fa7271f87462e9047f66c969b1ba4','e322690be578f6ebec1d0650d8c819da-1.mp4','993b8b696c0657961dece118b4881d0f7b04e7f113bb4672c7fae4d6365d1971',8317,2.0,1280,720,24.0,0,'{"losses": [], "notes": []}',1.79528089202621674537e+09);
INSERT INTO "takes" VALUES('ef639a64829705f46a07a7721027f68d-1','0f5c97d52d494b3d8bd74dc1fab09150','ef639a64829705f46a07a7721027f68d-1.mp4','40a042d88ce510f8de694e7ba6dcb31ff58f9dee3e868a1490b7f65e87d73d44',33020,5.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.7952808928473627568e+09);
INSERT INTO "takes" VALUES('105cdbd711cab71fb2d338e795b19c33-1','aaff22946ff8468da21f852f4b4bed4f','105cdbd711cab71fb2d338e795b19c33-1.mp4','1e0130949592fdef0787a83c653ddd9b6afb30fa849d8b983975cf45c70c9d9f',26748,4.0,1280,720,24.0,1,'{"losses": [], "notes": []}',1.79528089785613775256e+09);
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
