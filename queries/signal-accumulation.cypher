/*+++
id = "signal-accumulation"
version = 2
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Stapeling van signalen op een adres"
en = "Signals that pile up at an address"

[meaning]
nl = "Over dit adres kwamen meldingen binnen bij verschillende afdelingen. Elke melding is klein en geen afdeling ziet het geheel. Samen kunnen ze iets betekenen. Oude meldingen tellen minder mee."
en = "Several departments hold reports about this address. Each report is small and no department sees them all. Together they may mean something. Old reports weigh less."

[explain]
nl = "{signals} signalen van {departments} afdelingen in {$window_days} dagen; gewogen score {score:micro} (grens {$min_score:micro})."
en = "{signals} signals of {departments} departments in {$window_days} days; weighted score {score:micro} (threshold {$min_score:micro})."

[lowers]
nl = "Een signaal dat onjuist blijkt, een signaal dat dubbel is geregistreerd, of geen nieuwe signalen: na de halfwaardetijd in dagen telt een signaal nog half."
en = "A signal that proves wrong, one that was registered twice, or no new signals: after the half-life in days a signal counts half."

[[falsepositives]]
nl = "Een flat of opvang met één adres voor veel bewoners: meer mensen, meer meldingen."
en = "A block of flats or a shelter with one address for many residents: more people, more reports."

[[falsepositives]]
nl = "Een burenruzie: veel meldingen van dezelfde melder bij verschillende loketten."
en = "A quarrel between neighbours: many reports by one person at several desks."

[legal]
basis = "Gemeentewet, artikelen 172 en 174a; Opiumwet, artikel 13b; Wet gegevensverwerking door samenwerkingsverbanden, artikel 2.17"

[params.window_days]
type = "days"
default = 730
min = 30
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.half_life_days]
type = "days"
default = 180
min = 7
max = 1825
title = { nl = "Na hoeveel dagen een signaal half telt", en = "After how many days a signal counts half" }
source = "Keuze van de gemeente"

[params.min_sources]
type = "int"
default = 3
min = 2
max = 10
title = { nl = "Minste aantal bronnen", en = "Fewest sources" }
source = "Keuze van de gemeente"

[params.min_departments]
type = "int"
default = 3
min = 2
max = 10
title = { nl = "Minste aantal afdelingen", en = "Fewest departments" }
source = "Keuze van de gemeente"

[params.min_score]
type = "micro"
default = 100000
min = 0
max = 1000000000
title = { nl = "Laagste gewogen score", en = "Lowest weighted score" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Openbare orde en veiligheid"]
begin = "2026-11"
goal = "Adressen vinden waarover meer afdelingen iets weten, zodat iemand het geheel bekijkt. Een medewerker leest de signalen; er volgt niets vanzelf."
considerations = "Het patroon telt alleen meldingen over een adres en weegt ze naar leeftijd. Kenmerken van bewoners spelen geen rol. Drie afdelingen is de ondergrens omdat twee afdelingen elkaar zelf al vinden."
+++*/
MATCH (a:Address)<-[r:ABOUT]-(s:Signal)
WHERE days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, s, collect(r) AS lines,
     toInteger(s.weight * decay(days_between(s.date, $as_of), $half_life_days)) AS part
WITH a, sum(part) AS score, count(s) AS signals, count(DISTINCT head(owners(s))) AS departments,
     count(DISTINCT head(sources(s))) AS sources, collect(s) + collect(lines) AS evidence
WHERE sources >= $min_sources AND departments >= $min_departments AND score >= $min_score
RETURN a AS subject, score, signals, sources, departments, evidence
ORDER BY score DESC, id(a)
