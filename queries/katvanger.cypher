/*+++
id = "katvanger"
version = 1
status = "in-use"
subject = "Person"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Bestuurder van veel jonge bedrijven"
en = "Director of many young companies"

[meaning]
nl = "Deze persoon is bestuurder van veel bedrijven die kort geleden zijn begonnen. Soms staat iemand op papier als bestuurder voor een ander: een katvanger."
en = "This person directs many companies that began not long ago. Sometimes someone is a director on paper for somebody else: a straw man."

[explain]
nl = "Bestuurder van {companies} bedrijven die in de laatste {$window_days} dagen zijn begonnen (grens {$min_companies})."
en = "Director of {companies} companies that began in the last {$window_days} days (threshold {$min_companies})."

[lowers]
nl = "Uitleg van de ondernemer over de bedrijven, of uitschrijving als bestuurder."
en = "An explanation by the entrepreneur, or an end of the directorships."

[[falsepositives]]
nl = "Een ondernemer die zijn bedrijf in vennootschappen splitst."
en = "An entrepreneur who splits a business into companies."

[[falsepositives]]
nl = "Een bestuurder van beroep bij een trustkantoor."
en = "A professional director of a trust office."

[legal]
basis = "Wet Bibob, artikelen 3 en 9; Wet controle op rechtspersonen, artikel 2"

[params.window_days]
type = "days"
default = 400
min = 90
max = 1095
title = { nl = "Hoe jong de bedrijven zijn", en = "How young the companies are" }
source = "Keuze van de gemeente"

[params.min_companies]
type = "int"
default = 5
min = 3
max = 50
title = { nl = "Minste aantal bedrijven", en = "Fewest companies" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Personen vinden die mogelijk voor een ander als bestuurder staan. Zij zijn vaak zelf slachtoffer."
considerations = "De grens van vijf bedrijven in ruim een jaar ligt ver boven wat gewone ondernemers doen. Een katvanger is vaak kwetsbaar: hulp komt eerst."
+++*/
MATCH (p:Person)-[:DIRECTOR_OF]->(c:Company)
WITH p, count(DISTINCT c) AS directs
WHERE directs >= $min_companies
MATCH (p)-[r:DIRECTOR_OF]->(c:Company)
WHERE days_between(c.founded, $as_of) >= 0 AND days_between(c.founded, $as_of) <= $window_days
WITH p, count(DISTINCT c) AS companies, collect(DISTINCT c) + collect(DISTINCT r) AS evidence
WHERE companies >= $min_companies
RETURN p AS subject, companies AS score, companies, evidence
ORDER BY score DESC, id(p)
